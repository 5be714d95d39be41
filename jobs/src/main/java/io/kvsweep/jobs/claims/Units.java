package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.table.TextTable;
import java.util.function.DoubleFunction;

/** Numbers with their units, for people. */
final class Units {
  /** Of an error over another. */
  static final DoubleFunction<String> TIMES = of("%sx");

  static final DoubleFunction<String> BITS = of("%s bits");
  static final DoubleFunction<String> NATS = of("%s nats");
  static final DoubleFunction<String> HOURS = of("%s core-hours");

  /** Of a share of one. */
  static final DoubleFunction<String> PERCENT = share -> TextTable.number(100 * share) + " %";

  private Units() {}

  private static DoubleFunction<String> of(String pattern) {
    return value -> pattern.formatted(TextTable.number(value));
  }

  /** With a fixed count of decimals. */
  static DoubleFunction<String> fixed(String pattern, int decimals) {
    return value -> pattern.formatted(TextTable.number(value, decimals));
  }
}
