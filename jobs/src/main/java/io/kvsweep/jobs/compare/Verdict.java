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
   * threshold counts, unless prompts disagree on its direction and the interval over prompts holds
   * 0. One prompt has no interval; then the mean decides. Codecs repeat themselves, so prompts that
   * agree tell of a change however much it differs between them; the interval of few prompts, which
   * is of others, is too wide to.
   *
   * @param agree whether the mean of every prompt has changed in one direction
   * @param threshold a relative change above 0, as 0.01 for 1 %
   */
  static Verdict of(Estimate logRatio, boolean agree, double threshold) {
    Double mean = logRatio.mean();
    if (mean == null || Math.abs(mean) <= StrictMath.log1p(threshold)) {
      return SAME;
    }
    boolean may = logRatio.low() != null && logRatio.low() <= 0 && logRatio.high() >= 0;
    if (may && !agree) {
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
