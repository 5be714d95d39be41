package io.kvsweep.jobs.claims;

import java.util.List;

/**
 * Something that a paper says.
 *
 * @param system who says it
 * @param source which sentence of the abstract, or where else it stands
 * @param text in our words
 * @param claimed the figure, as claimed; a dash where there is none
 * @param rule when it holds; null where nothing here could tell
 * @param measure finds the number that the rule is about, or says what is missing
 */
record Claim(
    System system, String source, String text, String claimed, Rule rule, Measure measure) {
  /** The systems that make claims. */
  enum System {
    SVDQ("SVDq", 11),
    AQUA_KV("AQUA-KV", 8),
    DECOQUANT("DecoQuant", 8);

    private final String label;
    private final int sentences;

    System(String label, int sentences) {
      this.label = label;
      this.sentences = sentences;
    }

    String label() {
      return label;
    }

    /** Sentences of its abstract. */
    int sentences() {
      return sentences;
    }
  }

  /** Finds the number of a claim. */
  interface Measure {
    Measured of(Evidence evidence);

    /** Cells whose rows it looks at. */
    default List<Cell> cells() {
      return List.of();
    }
  }

  /** A measure that looks at rows. */
  record OfCells(List<Cell> cells, Measure measure) implements Measure {
    @Override
    public Measured of(Evidence evidence) {
      return measure.of(evidence);
    }
  }

  /** A claim that no evidence of ours could decide, and why. */
  static Claim undecidable(System system, String source, String text, String claimed, String why) {
    return new Claim(system, source, text, claimed, null, evidence -> Measured.missing(why));
  }

  /** The claim with its number and verdict. */
  Judged judge(Evidence evidence) {
    Measured measured = measure.of(evidence);
    if (measured.value() == null || rule == null) {
      return new Judged(this, measured, Verdict.NOT_MEASURABLE);
    }
    long bearing = measured.singles().stream().filter(rule::holds).count();
    Measured counted =
        measured.singles().size() < 2
            ? measured
            : measured.with(
                "%d of %d are %s".formatted(bearing, measured.singles().size(), rule.text()));
    Judged judged =
        new Judged(
            this, counted, rule.holds(measured.value()) ? Verdict.HOLDS : Verdict.DOES_NOT_HOLD);
    return Boolean.TRUE.equals(judged.intervalCrosses())
        ? new Judged(
            this, counted.with("the interval contains the bound of the rule"), judged.verdict())
        : judged;
  }

  /** A row of the table. */
  record Judged(Claim claim, Measured measured, Verdict verdict) {
    /**
     * Whether the interval, which does not decide, contains the bound of the rule; null without
     * either.
     */
    Boolean intervalCrosses() {
      return (claim.rule() == null || measured.low() == null)
          ? null
          : (Boolean) claim.rule().crossedBy(measured.low(), measured.high());
    }
  }
}
