package io.kvsweep.jobs.stats;

import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/** Spearman's rank correlation. */
public final class RankCorrelation {
  private static final int FEWEST = 3;

  private RankCorrelation() {}

  /**
   * Correlation of the ranks, equal numbers sharing their mean rank.
   *
   * @param a without NaN
   * @param b as long as {@code a}
   * @return -1 to 1, or null for fewer than 3 pairs (two always agree or disagree wholly) and where
   *     all numbers of a side are equal
   */
  public static Double spearman(double[] a, double[] b) {
    if (a.length < FEWEST) {
      return null;
    }
    double correlation = new SpearmansCorrelation().correlation(a, b);
    return Double.isNaN(correlation) ? null : (Double) Math.max(-1, Math.min(1, correlation));
  }
}
