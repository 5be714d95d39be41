package io.kvsweep.jobs.stats;

/** Arithmetic means. */
final class Means {
  private Means() {}

  /**
   * Of at least one number. Equal numbers have exactly that mean, which adding and dividing would
   * not always give.
   *
   * @param sorted ascending, so that their order on the way here does not matter
   */
  static double ofSorted(double[] sorted) {
    if (sorted[0] == sorted[sorted.length - 1]) {
      return sorted[0];
    }
    double sum = 0;
    for (double x : sorted) {
      sum += x;
    }
    return sum / sorted.length;
  }
}
