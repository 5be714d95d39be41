package io.kvsweep.udfs.method.select;

import java.util.Arrays;

/** Picks the highest of scores. */
final class Highest {
  private Highest() {}

  /**
   * Indices of the {@code count} highest scores, ascending; of equal ones the earlier.
   *
   * @param scores none of them NaN
   */
  static int[] of(double[] scores, int count) {
    if (count >= scores.length) {
      int[] all = new int[scores.length];
      Arrays.setAll(all, i -> i);
      return all;
    }
    int[] out = new int[count];
    if (count == 0) {
      return out;
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    double last = sorted[scores.length - count];
    int ties = count; // places that are left for scores equal to the last one
    for (double score : scores) {
      ties -= score > last ? 1 : 0;
    }
    int n = 0;
    for (int i = 0; i < scores.length && n < count; i++) {
      if (scores[i] > last || (scores[i] == last && ties-- > 0)) {
        out[n++] = i;
      }
    }
    return out;
  }
}
