package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/**
 * Softmax denominators of many rows over tokens that arrive in tiles, with a running maximum per
 * row (online softmax, Milakov and Gimelshein, arXiv 1805.02867).
 */
final class OnlineSoftmax {
  private final double[] max;
  private final double[] sum;
  private final double[] rescale;

  OnlineSoftmax(int rows) {
    max = new double[rows];
    sum = new double[rows];
    rescale = new double[rows];
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
  }

  /**
   * Adds {@code n} logits to a row.
   *
   * @param weights receives {@code exp(logit - max)} at the same places
   */
  void add(int row, double[] logits, int from, int n, double[] weights) {
    double raised = max[row];
    for (int j = from; j < from + n; j++) {
      raised = Math.max(raised, logits[j]);
    }
    rescale[row] = raised == max[row] ? 1 : Math.exp(max[row] - raised);
    max[row] = raised;
    double added = 0;
    for (int j = from; j < from + n; j++) {
      double weight = Math.exp(logits[j] - raised);
      weights[j] = weight;
      added += weight;
    }
    sum[row] = sum[row] * rescale[row] + added;
  }

  /** What the last {@link #add} multiplied earlier sums of the row with. */
  double rescale(int row) {
    return rescale[row];
  }

  double sum(int row) {
    return sum[row];
  }

  double logSumExp(int row) {
    return max[row] + Math.log(sum[row]);
  }
}
