package io.kvsweep.jobs.claims;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Error over bits of one tensor, straight between its points in the logarithm of the error. */
final class Curve {
  private final TreeMap<Double, Double> logErrors = new TreeMap<>();

  /**
   * Adds a point; of several at the same bits the least error stays. Points without error have no
   * logarithm and are left out.
   */
  void add(double bits, double error) {
    if (error > 0) {
      logErrors.merge(bits, Math.log(error), Math::min);
    }
  }

  /** The error at some bits; empty outside of the points. */
  OptionalDouble errorAt(double bits) {
    Map.Entry<Double, Double> below = logErrors.floorEntry(bits);
    Map.Entry<Double, Double> above = logErrors.ceilingEntry(bits);
    if (below == null || above == null) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        Math.exp(
            between(bits, below.getKey(), below.getValue(), above.getKey(), above.getValue())));
  }

  /** The fewest bits at which the error is no larger; empty where no point is, or all are. */
  OptionalDouble bitsAt(double error) {
    double wanted = Math.log(error);
    Map.Entry<Double, Double> last = null;
    for (Map.Entry<Double, Double> point : logErrors.entrySet()) {
      if (point.getValue() <= wanted) {
        return last == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(
                between(wanted, last.getValue(), last.getKey(), point.getValue(), point.getKey()));
      }
      last = point;
    }
    return OptionalDouble.empty();
  }

  private static double between(double x, double x0, double y0, double x1, double y1) {
    return x0 == x1 ? y0 : y0 + (y1 - y0) * ((x - x0) / (x1 - x0));
  }
}
