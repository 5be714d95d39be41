package io.kvsweep.jobs.claims;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * When a measured number bears a claim out: when it lies between two bounds, both included.
 *
 * @param text the bounds, for people, after "holds if the number is"
 * @param why where the bounds come from
 */
record Rule(double least, double most, String text, String why) {
  private static final int DIGITS = 6;

  static Rule atMost(double bound, String why) {
    return new Rule(Double.NEGATIVE_INFINITY, bound, "at most " + number(bound), why);
  }

  static Rule below(double bound, String why) {
    return new Rule(Double.NEGATIVE_INFINITY, Math.nextDown(bound), "below " + number(bound), why);
  }

  static Rule atLeast(double bound, String why) {
    return new Rule(bound, Double.POSITIVE_INFINITY, "at least " + number(bound), why);
  }

  static Rule above(double bound, String why) {
    return new Rule(Math.nextUp(bound), Double.POSITIVE_INFINITY, "above " + number(bound), why);
  }

  /** At most {@code tolerance} from {@code value}. */
  static Rule within(double tolerance, double value, String why) {
    return new Rule(
        value - tolerance,
        value + tolerance,
        "within %s of %s".formatted(number(tolerance), number(value)),
        why);
  }

  boolean holds(double value) {
    return value >= least && value <= most;
  }

  /**
   * Whether an interval contains a bound: then what holds at one end of it does not at the other,
   * or, within two bounds, nowhere for sure.
   */
  boolean crossedBy(double low, double high) {
    return (low <= least && least <= high) || (low <= most && most <= high);
  }

  private static String number(double bound) {
    return new BigDecimal(bound)
        .round(new MathContext(DIGITS))
        .stripTrailingZeros()
        .toPlainString();
  }
}
