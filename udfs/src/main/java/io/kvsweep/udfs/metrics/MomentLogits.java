package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/**
 * Logit errors of reconstructed keys where only second moments of the queries are known: per KV
 * head {@code tr(M S)}, S the covariance of the errors over tokens, which is the mean over queries
 * of the row-centred squared error, every query seeing every token that is added. Streamed over
 * tokens in order; state is a matrix {@code [headDim, headDim]} per KV head, cost {@code headDim^2}
 * per token and head. Results do not depend on how a prompt is cut into runs.
 */
public final class MomentLogits {
  private final QueryMoments moments;
  private final int headDim;
  private final long[] tokens;
  private final double[][] origin;
  private final double[][] sum;
  private final double[][][] products; // one triangle, column not beyond row
  private final double[] error;

  public MomentLogits(QueryMoments moments) {
    int heads = moments.heads().length;
    this.moments = moments;
    this.headDim = moments.headDim();
    this.tokens = new long[heads];
    this.origin = new double[heads][headDim];
    this.sum = new double[heads][headDim];
    this.products = new double[heads][headDim][];
    for (double[][] head : products) {
      Arrays.setAll(head, row -> new double[row + 1]);
    }
    this.error = new double[headDim];
  }

  /**
   * Adds one head of one token.
   *
   * @param exact rotated keys, {@code [tokens, kv heads, headDim]}
   * @param reconstructed the same, decoded
   */
  public void add(float[] exact, float[] reconstructed, int token, int head) {
    int at = (token * tokens.length + head) * headDim;
    // Around the first error instead of zero: a constant shift, which softmax does not see, would
    // otherwise leave its rounding behind.
    boolean first = tokens[head]++ == 0;
    for (int i = 0; i < headDim; i++) {
      double e = (double) reconstructed[at + i] - exact[at + i];
      if (first) {
        origin[head][i] = e;
      }
      error[i] = e - origin[head][i];
      sum[head][i] += error[i];
    }
    for (int i = 0; i < headDim; i++) {
      double[] row = products[head][i];
      double e = error[i];
      for (int j = 0; e != 0 && j <= i; j++) { // most often all of a token are zero, or none
        row[j] += e * error[j];
      }
    }
  }

  /** Root mean squares of all heads and of each; every head must have had a token. */
  public Result result() {
    double[] heads = new double[tokens.length];
    double squares = 0;
    for (int head = 0; head < heads.length; head++) {
      double square = trace(head);
      squares += square;
      heads[head] = Math.sqrt(square);
    }
    return new Result(Math.sqrt(squares / heads.length), heads);
  }

  private double trace(int head) {
    double[] moment = moments.heads()[head];
    double n = tokens[head];
    double trace = 0;
    for (int i = 0; i < headDim; i++) {
      double meanI = sum[head][i] / n;
      for (int j = 0; j <= i; j++) {
        double covariance = products[head][i][j] / n - meanI * (sum[head][j] / n);
        trace += (i == j ? 1 : 2) * moment[i * headDim + j] * covariance;
      }
    }
    // Below zero only by rounding: of these sums, or of the matrix in the format it was stored in.
    return Math.max(0, trace);
  }

  /**
   * @param logitRms root mean square over query heads, queries and tokens
   * @param heads the same of each KV head
   */
  public record Result(double logitRms, double[] heads) {}
}
