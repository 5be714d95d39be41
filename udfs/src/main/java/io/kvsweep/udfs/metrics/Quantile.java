package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/** Quantiles by linear interpolation between order statistics. */
final class Quantile {
  private Quantile() {}

  /**
   * Quantile {@code q} of {@code n} numbers of which only the smallest are given, sorted ascending.
   *
   * @param smallest at least {@code floor(q (n - 1)) + 2} numbers, or all of them
   */
  static double ofSmallest(double[] smallest, long n, double q) {
    double rank = q * (n - 1);
    int below = (int) Math.floor(rank);
    double fraction = rank - below;
    double low = smallest[below];
    return fraction == 0 ? low : low + fraction * (smallest[below + 1] - low);
  }

  /** Quantile {@code q} of all given numbers. */
  static double of(double[] values, double q) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return ofSmallest(sorted, sorted.length, q);
  }
}
