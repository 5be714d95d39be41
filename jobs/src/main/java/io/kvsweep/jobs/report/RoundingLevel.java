package io.kvsweep.jobs.report;

import io.kvsweep.jobs.aggregate.SummaryMetric;

/**
 * Errors that float32 arithmetic alone may leave. Below it a method is as good as exact, and how
 * far below tells of the order of sums, not of the method: pictures mark such points on their lower
 * edge, so that logarithms of 1e-31 take no room. Tables have the numbers.
 */
public final class RoundingLevel {
  /** Rounding to float32 changes a value by at most this share of it. */
  private static final double UNIT = 0x1p-24;

  /**
   * A reconstructed value is a sum of products over channels, at most all heads joined: 32 heads of
   * 128. Rounding errors of so many terms, of random sign, add to the root of their number times
   * {@link #UNIT}.
   */
  private static final double TERMS = 0x1p12;

  private static final double SQUARED = UNIT * UNIT * TERMS;

  private RoundingLevel() {}

  /** Least error that is told from rounding: about 1.5e-11 of relative squared errors. */
  public static double of(SummaryMetric metric) {
    return switch (metric) {
      case NMSE, NMSE_CENTRED, OUTPUT_ERROR -> SQUARED;
      // In nats, of logits about 1.
      case LOGIT_RMS -> Math.sqrt(SQUARED);
      // To second order half the variance of the error of logits.
      case ATTENTION_KL -> SQUARED / 2;
    };
  }
}
