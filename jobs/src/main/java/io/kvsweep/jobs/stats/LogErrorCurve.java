package io.kvsweep.jobs.stats;

import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Measured errors of one method at several rates. Between two neighbours the logarithm of the error
 * is taken as linear in the bits, which for a quantiser at high rates it is (6.02 dB per bit);
 * beyond the ends nothing is known, and nothing is said.
 */
public final class LogErrorCurve {
  private final NavigableMap<Double, Double> logErrors = new TreeMap<>();

  /**
   * A measurement.
   *
   * @param bits effective bits per value
   * @param error at these bits
   */
  public record Point(double bits, double error) {}

  /**
   * @param points in any order; those without a logarithm (error 0 or infinite) are left out, of
   *     several at the same bits the lowest counts
   */
  public LogErrorCurve(Collection<Point> points) {
    for (Point point : points) {
      if (point.error() > 0 && Double.isFinite(point.error())) {
        logErrors.merge(point.bits(), StrictMath.log(point.error()), Math::min);
      }
    }
  }

  /** How many rates it has. */
  public int points() {
    return logErrors.size();
  }

  /** Its lowest rate, or null without points. */
  public Double fromBits() {
    return logErrors.isEmpty() ? null : logErrors.firstKey();
  }

  /** Its highest rate, or null without points. */
  public Double toBits() {
    return logErrors.isEmpty() ? null : logErrors.lastKey();
  }

  /** Natural logarithm of the error at a rate, or null where the curve does not reach it. */
  public Double logErrorAt(double bits) {
    Map.Entry<Double, Double> below = logErrors.floorEntry(bits);
    Map.Entry<Double, Double> above = logErrors.ceilingEntry(bits);
    if (below == null || above == null) {
      return null;
    }
    double low = below.getValue();
    double span = above.getKey() - below.getKey();
    return span == 0 ? low : low + (bits - below.getKey()) / span * (above.getValue() - low);
  }

  /**
   * The rate nearest to another one that the curve reaches, or null where that is further off than
   * a share of it.
   */
  public Double reached(double bits, double share) {
    if (logErrors.isEmpty()) {
      return null;
    }
    double nearest = Math.max(fromBits(), Math.min(toBits(), bits));
    return Math.abs(nearest - bits) <= share * bits ? (Double) nearest : null;
  }

  /**
   * The lowest rate at which the error is no larger, on the line between two measurements.
   *
   * @return negative infinity where even the lowest rate has less error, so that a lower one would
   *     do, positive infinity where no rate is as exact; NaN without points or for an error of NaN
   */
  public double bitsAt(double error) {
    double wanted = StrictMath.log(error);
    if (logErrors.isEmpty() || Double.isNaN(wanted)) {
      return Double.NaN;
    }
    Map.Entry<Double, Double> last = null;
    for (Map.Entry<Double, Double> point : logErrors.entrySet()) {
      if (point.getValue() <= wanted) {
        if (last == null) {
          return point.getValue() == wanted ? point.getKey() : Double.NEGATIVE_INFINITY;
        }
        double share = (last.getValue() - wanted) / (last.getValue() - point.getValue());
        return last.getKey() + share * (point.getKey() - last.getKey());
      }
      last = point;
    }
    return Double.POSITIVE_INFINITY;
  }
}
