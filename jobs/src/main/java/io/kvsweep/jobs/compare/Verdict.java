package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.stats.Estimate;
import java.util.Locale;

/** What became of a method. In the order of alarm. */
public enum Verdict {
  BETTER,
  SAME,
  WORSE;

  /**
   * Of the logarithms of new over old of something of which less is better: a change beyond the
   * threshold counts, unless the interval over prompts holds 0. One prompt has no interval; then
   * the mean decides.
   *
   * @param threshold a relative change above 0, as 0.01 for 1 %
   */
  static Verdict of(Estimate logRatio, double threshold) {
    Double mean = logRatio.mean();
    if (mean == null || Math.abs(mean) <= StrictMath.log1p(threshold)) {
      return SAME;
    }
    boolean may = logRatio.low() != null && logRatio.low() <= 0 && logRatio.high() >= 0;
    if (may) {
      return SAME;
    }
    return mean > 0 ? WORSE : BETTER;
  }

  /** In tables. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The more alarming of two: worse, then better. */
  Verdict and(Verdict other) {
    if (this == WORSE || other == WORSE) {
      return WORSE;
    }
    return this == BETTER ? this : other;
  }
}
