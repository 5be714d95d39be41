package io.kvsweep.udfs.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
    Square all = Square.NONE;
    List<Optional<Double>> heads = new ArrayList<>();
    for (int head = 0; head < tokens.length; head++) {
      Square square = trace(head);
      all = all.plus(square);
      heads.add(square.root(1));
    }
    return new Result(all.root(tokens.length), heads);
  }

  private Square trace(int head) {
    double[] moment = moments.heads()[head];
    double[] rounding = moments.rounding()[head];
    double n = tokens[head];
    Square trace = Square.NONE;
    for (int i = 0; i < headDim; i++) {
      double meanI = sum[head][i] / n;
      for (int j = 0; j <= i; j++) {
        double covariance = products[head][i][j] / n - meanI * (sum[head][j] / n);
        double twice = (i == j ? 1 : 2) * covariance;
        int at = i * headDim + j;
        trace = trace.plus(new Square(twice * moment[at], Math.abs(twice) * rounding[at]));
      }
    }
    return trace;
  }

  /**
   * A sum of squares that was found by way of rounded moments, where large terms may cancel.
   *
   * @param value may be below zero by rounding
   * @param rounding by how much it may be off for the format of the moments alone
   */
  private record Square(double value, double rounding) {
    static final Square NONE = new Square(0, 0);

    Square plus(Square other) {
      return new Square(value + other.value, rounding + other.rounding);
    }

    /** Nothing where rounding alone may be all there is; without any error there is none. */
    Optional<Double> root(int count) {
      if (value > rounding) {
        return Optional.of(Math.sqrt(value / count));
      }
      return value == 0 && rounding == 0 ? Optional.of(0.0) : Optional.empty();
    }
  }

  /**
   * @param logitRms root mean square over query heads, queries and tokens; empty where it is not
   *     above what rounding of the stored moments may make
   * @param heads the same of each KV head
   */
  public record Result(Optional<Double> logitRms, List<Optional<Double>> heads) {}
}
