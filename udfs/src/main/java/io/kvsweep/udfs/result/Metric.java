package io.kvsweep.udfs.result;

/**
 * What result rows measure, as data: tables, pictures and {@code docs/metrics.md} read it here.
 *
 * <p>In the formulas x is a captured number, x^ what {@code decode} returned, e = x^ - x; q, k, v
 * and o are queries, keys, values and attention outputs; p the attention probabilities.
 */
public enum Metric {
  NOMINAL_BITS(
      ResultColumn.NOMINAL_BITS,
      Group.RATE,
      "nominal bits",
      "bits per value",
      Direction.NONE,
      null,
      "bits of all codes / values",
      "Codes alone, as papers count. No scales, bases or tokens kept whole: shown for comparison, never compared at."),
  EFFECTIVE_BITS(
      ResultColumn.EFFECTIVE_BITS,
      Group.RATE,
      "effective bits",
      "bits per value",
      Direction.LOWER,
      0.0,
      "8 total_bytes / values",
      "All bytes that decode reads, header included, at the length of the prompt. Comparisons at equal bits are at these."),
  EFFECTIVE_BITS_4K(
      ResultColumn.EFFECTIVE_BITS_4K,
      Group.RATE,
      "effective bits at 4,096 tokens",
      "bits per value",
      Direction.LOWER,
      0.0,
      "8 bytes of a prompt of 4,096 tokens / its values",
      "The same method and shape at another length, per-prompt bases and headers amortised. What a method chooses by its bytes"
          + " (`svdq(effective_bits=...)`) it chooses for that length, from the spectrum of this prompt; null where it cannot code one."),
  EFFECTIVE_BITS_32K(
      ResultColumn.EFFECTIVE_BITS_32K,
      Group.RATE,
      "effective bits at 32,768 tokens",
      "bits per value",
      Direction.LOWER,
      0.0,
      "8 bytes of a prompt of 32,768 tokens / its values",
      "As at 4,096 tokens."),
  EFFECTIVE_BITS_128K(
      ResultColumn.EFFECTIVE_BITS_128K,
      Group.RATE,
      "effective bits at 131,072 tokens",
      "bits per value",
      Direction.LOWER,
      0.0,
      "8 bytes of a prompt of 131,072 tokens / its values",
      "As at 4,096 tokens."),
  COMPRESSION_RATIO(
      ResultColumn.COMPRESSION_RATIO,
      Group.RATE,
      "compression ratio",
      "1",
      Direction.HIGHER,
      null,
      "captured bytes / total_bytes",
      "Original over compressed, always. Headers count, so that `none` is a little below 1."),
  READ_RATIO(
      ResultColumn.READ_RATIO,
      Group.RATE,
      "read ratio",
      "1",
      Direction.HIGHER,
      null,
      "captured bytes / bytes touched by one attention step",
      "Without a selector the compression ratio."),
  NOMINAL_READ_RATIO(
      ResultColumn.NOMINAL_READ_RATIO,
      Group.RATE,
      "nominal read ratio",
      "1",
      Direction.NONE,
      null,
      "as the method's paper counts",
      "For comparison with what a paper claims."),
  ENERGY(
      ResultColumn.ENERGY,
      Group.TENSOR,
      "energy",
      "squared units of the capture",
      Direction.NONE,
      null,
      "sum x^2",
      "Over the tokens that were coded lossily, all heads: the denominator of `nmse`, which gives each row its weight in `nmse_total`."),
  NMSE(
      ResultColumn.NMSE,
      Group.TENSOR,
      "normalised mean squared error",
      "1",
      Direction.LOWER,
      0.0,
      "sum e^2 / sum x^2",
      "Over the tokens that were coded lossily, all heads together. The rotary embedding is orthogonal and does not change it. "
          + "Keys have a large mean, which flatters it: see `nmse_centred`. Infinite where zeros alone were rebuilt as another; of such a head"
          + " (`heads`) it is null, as is its `output_error` where only the exact output is all zero, and left out of `nmse_mean_of_heads`."),
  NMSE_CENTRED(
      ResultColumn.NMSE_CENTRED,
      Group.TENSOR,
      "centred nmse",
      "1",
      Direction.LOWER,
      0.0,
      "sum e^2 / sum (x - mean of its channel)^2",
      "As `nmse`, in the rotary stage of the capture. Null where only rounding is left of the denominator."),
  SQNR_DB(
      ResultColumn.SQNR_DB,
      Group.TENSOR,
      "signal to quantisation noise",
      "dB",
      Direction.HIGHER,
      null,
      "-10 log10 nmse",
      "6.02 dB are one bit of a Gaussian source. Infinite without error."),
  COSINE_MEAN(
      ResultColumn.COSINE_MEAN,
      Group.TENSOR,
      "cosine, mean",
      "1",
      Direction.HIGHER,
      1.0,
      "mean of x.x^ / (|x| |x^|)",
      "Over (token, head). Two zero vectors agree; a zero vector and another have 0."),
  COSINE_P01(
      ResultColumn.COSINE_P01,
      Group.TENSOR,
      "cosine, 1st percentile",
      "1",
      Direction.HIGHER,
      1.0,
      "1 % quantile of x.x^ / (|x| |x^|)",
      "Over (token, head), linear between order statistics: the tail that a mean hides."),
  MAX_ABS_ERROR(
      ResultColumn.MAX_ABS_ERROR,
      Group.TENSOR,
      "largest absolute error",
      "units of the capture",
      Direction.LOWER,
      0.0,
      "max |e|",
      "In the rotary stage of the capture."),
  LOGIT_RMS(
      ResultColumn.LOGIT_RMS,
      Group.ATTENTION,
      "logit error",
      "nats",
      Direction.LOWER,
      0.0,
      "sqrt mean over (head, query) of var over tokens of s q.(k^ - k)",
      "s is the attention scale. Each row's mean is removed, because softmax does not see it: keys shifted by a constant vector have none. "
          + "Where the capture has second moments of queries and no queries, the same over all tokens, not causal: compare methods within one of the two.",
      "[2605.03562](https://arxiv.org/abs/2605.03562): in score space errors predict attention KL"),
  ATTENTION_KL(
      ResultColumn.ATTENTION_KL,
      Group.ATTENTION,
      "attention divergence",
      "nats",
      Direction.LOWER,
      0.0,
      "mean over (head, query) of sum p ln(p / p^)",
      "The divergence of the exact probabilities from the reconstructed ones. With a selector the exact ones are renormalised on the tokens read.",
      "Kullback and Leibler, The Annals of Mathematical Statistics 22(1), 1951"),
  ATTENTION_KL_P999(
      ResultColumn.ATTENTION_KL_P999,
      Group.ATTENTION,
      "attention divergence, 99.9 %",
      "nats",
      Direction.LOWER,
      0.0,
      "99.9 % quantile of sum p ln(p / p^)",
      "Over (head, query), linear between order statistics."),
  TOPK_RECALL_16(
      ResultColumn.TOPK_RECALL_16,
      Group.ATTENTION,
      "top-16 recall",
      "1",
      Direction.HIGHER,
      1.0,
      "mean over (head, query) of |top 16 of q.k and of q.k^| / 16",
      "How many of the 16 largest exact logits stay among the 16 largest."),
  OUTPUT_ERROR(
      ResultColumn.OUTPUT_ERROR,
      Group.ATTENTION,
      "attention output error",
      "1",
      Direction.LOWER,
      0.0,
      "sum |o^ - o|^2 / sum |o|^2",
      "Over all heads and queries. A selector is compared with the full exact attention."),
  KEPT_MASS(
      ResultColumn.KEPT_MASS,
      Group.ATTENTION,
      "kept attention mass",
      "1",
      Direction.HIGHER,
      1.0,
      "mean over (head, query) of the sum of p over the tokens read",
      "Null without a selector."),
  RD_LIMIT_NMSE(
      ResultColumn.RD_LIMIT_NMSE,
      Group.LIMIT,
      "Gaussian reference",
      "1",
      Direction.NONE,
      null,
      "sum min(t, l_i) / sum x^2 at the t where mean max(0, log2(l_i / t) / 2) = effective_bits",
      "`nmse` of a Gaussian source of the same covariance at the same rate. l_i are the eigenvalues of sum (x - mean) (x - mean)^T over tokens, all heads joined, of keys"
          + " before the rotary embedding also where they were captured after it; those below channels 2^-52 of the largest are 0. Of `both` they are those of the keys and those of"
          + " the values, under one t, nothing being made of what keys tell of values. Of all tokens, also those kept exact, which `nmse` leaves out."
          + " A reference, not a floor: real tensors, which are not Gaussian, may honestly lie below it.",
      "reverse water-filling: Cover and Thomas, Elements of Information Theory, 10.3.3"),
  BITS_ABOVE_LIMIT(
      ResultColumn.BITS_ABOVE_LIMIT,
      Group.LIMIT,
      "bits above the Gaussian reference",
      "bits per value",
      Direction.LOWER,
      null,
      "effective_bits - the rate at which the reference has sum (x^ - x)^2 / sum x^2 of all tokens",
      "Below 0 the row is counted in `n_below_limit` of the summary: a finding or a bug, since the reference is no floor. That error is `nmse` unless tokens were kept exact: their bytes are in `effective_bits`, so their energy is in the denominator. Null without error."),
  RD_LIMIT_LOGIT_RMS(
      ResultColumn.RD_LIMIT_LOGIT_RMS,
      Group.LIMIT,
      "Gaussian reference of logits",
      "nats",
      Direction.NONE,
      null,
      "sqrt(sum min(t, m_i) / (tokens kv_heads)) at the t where mean max(0, log2(m_i / t) / 2) = effective_bits",
      "The least `logit_rms` of a Gaussian source at the same rate: m_i are the eigenvalues of M^1/2 S M^1/2 of all KV heads, S the centred Gram matrix of"
          + " a head's keys after the rotary embedding, less their channel means before it (which turn with it, and are no variance), M the mean of s^2 q q^T over its queries, as captured or else as stored. Of rows of keys alone; a reference, not a floor: as `rd_limit_nmse`, and under the causal mask a query sees fewer tokens.",
      "reverse water-filling with the squared error weighted by queries: Cover and Thomas, Elements of Information Theory, 10.3.3"),
  ENCODE_NS(
      ResultColumn.ENCODE_NS,
      Group.TIME,
      "encoding time",
      "ns",
      Direction.LOWER,
      0.0,
      "wall time of encode",
      "On a JVM, without work that cells share; says nothing of a GPU kernel. Not repeatable, and in no table of statistics."),
  DECODE_NS(
      ResultColumn.DECODE_NS,
      Group.TIME,
      "decoding time",
      "ns",
      Direction.LOWER,
      0.0,
      "wall time of decode",
      "As `encode_ns`.");

  /** What a metric looks at. */
  public enum Group {
    RATE("Bits and bytes", ""),
    TENSOR(
        "Error of the tensor",
        "A row of kind `both` has sums, means and quantiles over keys and values together: in sums of squares whichever is"
            + " louder, mostly the keys, decides. What each loses is in the rows of its own kind."),
    ATTENTION(
        "Error of attention",
        "With the captured queries: causal, after the rotary embedding, scores in double. What a row does not compress is"
            + " exact, all tokens count, and all are null where the layer has no queries, but `logit_rms` where it has their moments; without values `output_error` alone is."),
    LIMIT("Distance from theory", ""),
    TIME("Time", "");

    private final String title;
    private final String note;

    Group(String title, String note) {
      this.title = title;
      this.note = note;
    }

    /** Heading, for people. */
    public String title() {
      return title;
    }

    /** What holds for all of its metrics; may be empty. */
    public String note() {
      return note;
    }
  }

  /** Which way is better. */
  public enum Direction {
    LOWER,
    HIGHER,
    /** Neither: it describes. */
    NONE
  }

  private final ResultColumn column;
  private final Group group;
  private final String title;
  private final String unit;
  private final Direction direction;
  private final Double ideal;
  private final String formula;
  private final String meaning;
  private final String citation;

  Metric(
      ResultColumn column,
      Group group,
      String title,
      String unit,
      Direction direction,
      Double ideal,
      String formula,
      String meaning) {
    this(column, group, title, unit, direction, ideal, formula, meaning, "");
  }

  Metric(
      ResultColumn column,
      Group group,
      String title,
      String unit,
      Direction direction,
      Double ideal,
      String formula,
      String meaning,
      String citation) {
    this.column = column;
    this.group = group;
    this.title = title;
    this.unit = unit;
    this.direction = direction;
    this.ideal = ideal;
    this.formula = formula;
    this.meaning = meaning;
    this.citation = citation;
  }

  /** Its column in result rows, whose label is its key. */
  public ResultColumn column() {
    return column;
  }

  /** Name in tables and SQL. */
  public String key() {
    return column.label();
  }

  public Group group() {
    return group;
  }

  /** Name for people. */
  public String title() {
    return title;
  }

  /** Unit; {@code 1} for a ratio. */
  public String unit() {
    return unit;
  }

  public Direction direction() {
    return direction;
  }

  /** Value of the exact reconstruction, or null if there is none. */
  public Double ideal() {
    return ideal;
  }

  public String formula() {
    return formula;
  }

  /** Over what it is taken, and how to read it. */
  public String meaning() {
    return meaning;
  }

  /** Where it comes from; empty for what needs no source. */
  public String citation() {
    return citation;
  }
}
