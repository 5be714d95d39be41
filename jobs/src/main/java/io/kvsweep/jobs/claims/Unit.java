package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.table.TextTable;

/**
 * How a number is shown.
 *
 * @param scale what it is multiplied by
 * @param decimals how many; negative for four significant digits
 * @param suffix behind it
 */
record Unit(double scale, int decimals, String suffix) {
  private static final int SIGNIFICANT = -1;

  /** Of an error over another. */
  static final Unit TIMES = new Unit(1, SIGNIFICANT, "x");

  static final Unit BITS = new Unit(1, SIGNIFICANT, " bits");
  static final Unit NATS = new Unit(1, SIGNIFICANT, " nats");
  static final Unit HOURS = new Unit(1, SIGNIFICANT, " core-hours");

  /** Of a share of one. */
  static final Unit PERCENT = new Unit(100, 1, " %");

  static Unit fixed(int decimals, String suffix) {
    return new Unit(1, decimals, suffix);
  }

  /** The number with its unit. */
  String text(double value) {
    return number(value) + suffix;
  }

  /** The number alone. */
  String number(double value) {
    return decimals < 0
        ? TextTable.number(scale * value)
        : TextTable.number(scale * value, decimals);
  }
}
