package io.kvsweep.jobs.stats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The points that nothing beats in both bits and error. */
public final class ParetoFrontier {
  private ParetoFrontier() {}

  /**
   * The frontier by rising bits: points whose error is lower than that of every point with fewer or
   * as many bits. A point without error stays, and ends it.
   *
   * @param bits not NaN
   * @param error not NaN
   * @param ties which of points with equal bits and equal error is first, and so on the frontier
   */
  public static <T> List<T> of(
      List<T> points, ToDoubleFunction<T> bits, ToDoubleFunction<T> error, Comparator<T> ties) {
    List<T> sorted = new ArrayList<>(points);
    sorted.sort(Comparator.comparingDouble(bits).thenComparingDouble(error).thenComparing(ties));
    List<T> frontier = new ArrayList<>();
    double lowest = Double.POSITIVE_INFINITY;
    for (T point : sorted) {
      if (error.applyAsDouble(point) < lowest) {
        lowest = error.applyAsDouble(point);
        frontier.add(point);
      }
    }
    return List.copyOf(frontier);
  }
}
