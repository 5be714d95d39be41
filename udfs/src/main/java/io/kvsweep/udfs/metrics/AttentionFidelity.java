package io.kvsweep.udfs.metrics;

import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.TokenSelection.Touched;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What reconstructions do to the attention of the captured queries: causal, after the rotary
 * embedding, streamed over keys, in double. Several reconstructions of the same tensors share the
 * exact side. Fed in runs of tokens, in order; memory is {@code query heads x queries x headDim}
 * per reconstruction, whatever the prompt length, and results do not depend on how a prompt is cut
 * into runs of whole tiles.
 *
 * <p>With a selection, {@code kl}, {@code logitRms} and the reconstructed output see only the
 * tokens that a step reads; {@code kl} compares with the exact probabilities renormalised on them,
 * the output error always with the full exact attention.
 */
public final class AttentionFidelity {
  private final Queries queries;
  private final int kvHeads;
  private final int headDim;
  private final int groupSize;
  private final ExactHead[] exact;
  private final List<ReconstructedHead[]> reconstructed = new ArrayList<>();

  /**
   * @param selections one per reconstruction: which tokens a step reads; empty for all
   */
  public AttentionFidelity(
      Queries queries, int kvHeads, int headDim, List<Optional<Touched>> selections) {
    this.queries = queries;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.groupSize = queries.shape().heads() / kvHeads;
    this.exact = new ExactHead[queries.shape().heads()];
    for (int head = 0; head < exact.length; head++) {
      exact[head] = new ExactHead(queries.scaled(head), headDim);
    }
    for (Optional<Touched> touched : selections) {
      ReconstructedHead[] heads = new ReconstructedHead[exact.length];
      for (int head = 0; head < heads.length; head++) {
        heads[head] = new ReconstructedHead(exact[head], head / groupSize, headDim, touched);
      }
      reconstructed.add(heads);
    }
  }

  /**
   * A run of consecutive tokens, arrays row-major {@code [tokens, kv heads, headDim]}, keys
   * rotated.
   *
   * @param firstToken index of its first token in the prompt
   * @param firstPosition position of that token
   */
  public record Run(int firstToken, int firstPosition, int tokens, float[] keys, float[] values) {}

  /**
   * A reconstruction of a run.
   *
   * @param keys reconstructed keys, rotated; the same array as in the run where they are exact
   * @param values reconstructed values; the same array as in the run where they are exact
   */
  public record Candidate(float[] keys, float[] values) {}

  /**
   * Adds a run.
   *
   * @param candidates one per selection given to the constructor
   */
  public void add(Run run, List<Candidate> candidates) {
    for (int from = 0; from < run.tokens(); from += AttentionTile.TOKENS) {
      int n = Math.min(AttentionTile.TOKENS, run.tokens() - from);
      for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
        addTile(run, candidates, from, n, kvHead);
      }
    }
  }

  private void addTile(Run run, List<Candidate> candidates, int from, int n, int kvHead) {
    AttentionTile tile =
        new AttentionTile(
            n,
            run.firstToken() + from,
            channelMajor(run.keys(), from, n, kvHead),
            tokenMajor(run.values(), from, n, kvHead),
            visible(run.firstPosition() + from, n));
    List<double[]> keysHat = new ArrayList<>();
    List<double[]> valuesHat = new ArrayList<>();
    for (Candidate c : candidates) {
      keysHat.add(c.keys() == run.keys() ? null : channelMajor(c.keys(), from, n, kvHead));
      valuesHat.add(
          c.values() == run.values() ? tile.values : tokenMajor(c.values(), from, n, kvHead));
    }
    for (int head = kvHead * groupSize; head < (kvHead + 1) * groupSize; head++) {
      exact[head].add(tile);
      for (int c = 0; c < candidates.size(); c++) {
        reconstructed.get(c)[head].add(tile, keysHat.get(c), valuesHat.get(c));
      }
    }
  }

  /** How many of {@code n} tokens from a position on each query sees. */
  private int[] visible(int position, int n) {
    int[] visible = new int[queries.shape().tokens()];
    for (int q = 0; q < visible.length; q++) {
      long seen = (long) queries.firstPosition() + q - position + 1;
      visible[q] = (int) Math.max(0, Math.min(n, seen));
    }
    return visible;
  }

  private double[] channelMajor(float[] data, int from, int n, int kvHead) {
    double[] out = new double[n * headDim];
    for (int j = 0; j < n; j++) {
      int at = ((from + j) * kvHeads + kvHead) * headDim;
      for (int i = 0; i < headDim; i++) {
        out[i * n + j] = data[at + i];
      }
    }
    return out;
  }

  private double[] tokenMajor(float[] data, int from, int n, int kvHead) {
    double[] out = new double[n * headDim];
    for (int j = 0; j < n; j++) {
      int at = ((from + j) * kvHeads + kvHead) * headDim;
      for (int i = 0; i < headDim; i++) {
        out[j * headDim + i] = data[at + i];
      }
    }
    return out;
  }

  /**
   * The metrics of one reconstruction.
   *
   * @throws NothingReadException if a query saw no token, or read none of a selection
   */
  public Result result(int candidate) {
    AttentionSums total = new AttentionSums();
    PerHead[] heads = new PerHead[kvHeads];
    for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
      AttentionSums sums = new AttentionSums();
      for (int head = kvHead * groupSize; head < (kvHead + 1) * groupSize; head++) {
        reconstructed.get(candidate)[head].addTo(sums);
        reconstructed.get(candidate)[head].addTo(total);
      }
      heads[kvHead] = new PerHead(sums.logitRms(), sums.kl(), sums.outputErrorOfHead());
    }
    return new Result(
        total.logitRms(),
        total.kl(),
        total.klP999(),
        total.recall(),
        total.outputError(),
        total.keptMass(),
        heads);
  }

  /**
   * @param logitRms root mean square of the row-centred logit differences
   * @param kl mean divergence in nats
   * @param klP999 its 99.9 % quantile over query heads and queries
   * @param topRecall16 share of the 16 largest exact logits that stay among the 16 largest
   * @param outputError squared relative error of the attention output; NaN without values
   * @param keptMass mean exact probability of what is read
   * @param heads per KV head, over its query heads
   */
  public record Result(
      double logitRms,
      double kl,
      double klP999,
      double topRecall16,
      double outputError,
      double keptMass,
      PerHead[] heads) {

    /** Where there are no values to make an output of: its errors are NaN. */
    public Result withoutOutput() {
      PerHead[] without =
          Arrays.stream(heads)
              .map(head -> new PerHead(head.logitRms(), head.kl(), Double.NaN))
              .toArray(PerHead[]::new);
      return new Result(logitRms, kl, klP999, topRecall16, Double.NaN, keptMass, without);
    }
  }

  /** The same metrics of one KV head; no output error, NaN, where only the exact output is zero. */
  public record PerHead(double logitRms, double kl, double outputError) {}
}
