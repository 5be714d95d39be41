package io.kvsweep.jobs.stats;

import java.io.Serializable;
import java.util.function.DoubleUnaryOperator;

/**
 * A mean and the interval around it.
 *
 * @param mean null without observations
 * @param low lower end of the interval, null where there is none
 * @param high its upper end, null where there is none
 * @param n observations
 * @param prompts different ones
 * @param models different ones
 */
public record Estimate(Double mean, Double low, Double high, int n, int prompts, int models)
    implements Serializable {
  /** Of no observation. */
  public static final Estimate NONE = new Estimate(null, null, null, 0, 0, 0);

  /** The same through a rising function, e.g. {@code exp} of an estimate of logarithms. */
  public Estimate map(DoubleUnaryOperator rising) {
    return new Estimate(map(mean, rising), map(low, rising), map(high, rising), n, prompts, models);
  }

  /** The same of numbers that lie within bounds: an interval that is wider says no more. */
  public Estimate within(double least, double most) {
    return map(x -> Math.max(least, Math.min(most, x)));
  }

  private static Double map(Double value, DoubleUnaryOperator function) {
    return value == null ? null : (Double) function.applyAsDouble(value);
  }
}
