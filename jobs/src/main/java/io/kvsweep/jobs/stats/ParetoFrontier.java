package io.kvsweep.jobs.stats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The points that nothing beats in both bits and error. */
public final class ParetoFrontier {
  private ParetoFrontier() {}

  /**
   * The frontier by rising bits: points that no other has both fewer bits and no more error than,
   * or less error and no more bits. Points equal in both are on it together. A point without error
   * stays, and ends it.
   *
   * @param bits not NaN
   * @param error not NaN
   * @param ties the order of points with equal bits and equal error
   */
  public static <T> List<T> of(
      List<T> points, ToDoubleFunction<T> bits, ToDoubleFunction<T> error, Comparator<T> ties) {
    List<T> sorted = new ArrayList<>(points);
    sorted.sort(Comparator.comparingDouble(bits).thenComparingDouble(error).thenComparing(ties));
    List<T> frontier = new ArrayList<>();
    for (T point : sorted) {
      T last = frontier.isEmpty() ? null : frontier.get(frontier.size() - 1);
      if (last == null
          || error.applyAsDouble(point) < error.applyAsDouble(last)
          || (error.applyAsDouble(point) == error.applyAsDouble(last)
              && bits.applyAsDouble(point) == bits.applyAsDouble(last))) {
        frontier.add(point);
      }
    }
    return List.copyOf(frontier);
  }
}
