package io.kvsweep.jobs.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The vertical axis of a rate-distortion picture: measured errors by their logarithm, and below
 * these, each on a level of its own, errors that only rounding leaves, and an error of 0, which has
 * no logarithm.
 *
 * @param axis from end to end, the levels included
 * @param rounding errors above 0 and below this are drawn on a level; see {@link RoundingLevel}
 * @param rounded whether there are such errors
 * @param exact whether there is an error of 0
 */
record ErrorAxis(LogAxis axis, double rounding, boolean rounded, boolean exact) {
  /** Of the height for measured errors, how much a level takes. */
  private static final double LEVEL = 0.08;

  /** A number at the axis. */
  record Tick(double error, String label, boolean level) {}

  /** Room for these errors. */
  static ErrorAxis around(List<Double> errors, double rounding) {
    double[] measured =
        errors.stream().mapToDouble(e -> e).filter(e -> e >= rounding).sorted().toArray();
    LogAxis axis =
        measured.length == 0
            ? new LogAxis(0.01, 1)
            : LogAxis.around(measured[0], measured[measured.length - 1], 1.5, 10);
    boolean rounded = errors.stream().anyMatch(e -> e > 0 && e < rounding);
    boolean exact = errors.stream().anyMatch(e -> e == 0);
    double below = Math.pow(axis.max() / axis.min(), levels(rounded, exact));
    return new ErrorAxis(new LogAxis(axis.min() / below, axis.max()), rounding, rounded, exact);
  }

  /** Of the height for measured errors, how much is below it. */
  private static double levels(boolean rounded, boolean exact) {
    return (rounded ? LEVEL : 0) + (exact ? LEVEL : 0);
  }

  /** Whether an error is on the level of rounding. */
  boolean isRounding(double error) {
    return error > 0 && error < rounding;
  }

  /** The error at which one is drawn. */
  double drawn(double error) {
    if (error == 0) {
      return axis.min();
    }
    return isRounding(error) ? roundingLevel() : error;
  }

  private double roundingLevel() {
    return exact ? Math.sqrt(axis.min() * measuredFrom()) : axis.min();
  }

  /** The lower end without the levels. */
  private double measuredFrom() {
    double below = levels(rounded, exact);
    return axis.min() * Math.pow(axis.max() / axis.min(), below / (1 + below));
  }

  /** Numbers from above the levels, and a name for each level. */
  List<Tick> ticks() {
    List<Tick> ticks = new ArrayList<>();
    for (double error : axis.decimalTicks()) {
      if (error >= measuredFrom()) {
        ticks.add(new Tick(error, LogAxis.format(error), false));
      }
    }
    if (rounded) {
      ticks.add(new Tick(roundingLevel(), "< " + LogAxis.format(rounding), true));
    }
    if (exact) {
      ticks.add(new Tick(axis.min(), "0", true));
    }
    return ticks;
  }
}
