package io.kvsweep.jobs.claims;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Positive numbers over positive ones, with a count of what could not be one. */
final class Ratios {
  private final Map<Place, Double> values = new TreeMap<>();
  private int errorless;
  private int outside;

  /** Adds {@code a / b}; without effect where either is NaN. */
  void put(Place place, double a, double b) {
    if (a > 0 && b > 0) {
      values.put(place, a / b);
    } else if (!Double.isNaN(a) && !Double.isNaN(b)) {
      errorless++;
    }
  }

  /** Counts a layer whose bits the baseline's curve does not span. */
  void putOutside() {
    outside++;
  }

  /**
   * The geometric mean.
   *
   * @param cells what was compared, the one that is judged first
   */
  Measured measured(Measurements rows, String what, List<Cell> cells) {
    if (values.isEmpty()) {
      return rows.missing(
          outside > 0 ? "no layer in the range of the curve" : "no layer with both", cells);
    }
    String left = errorless == 0 ? "" : "; %d layers without error left out".formatted(errorless);
    return Measured.of(
        Sample.ofRatios(values),
        Unit.TIMES,
        what + outside(outside) + left + rows.failures(cells.get(0)));
  }

  private static String outside(int layers) {
    return layers == 0 ? "" : "; %d layers outside of the curve".formatted(layers);
  }
}
