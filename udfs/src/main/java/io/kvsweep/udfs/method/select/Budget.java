package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.spec.Parameter;
import java.math.BigDecimal;

/**
 * How many tokens: a number, or a fraction of the prompt, since 2,048 of 2,048 tokens select
 * nothing.
 *
 * @param numerator tokens, or the fraction's numerator
 * @param denominator 0 for a number of tokens
 */
record Budget(long numerator, long denominator) {
  private static final String RANGE = "tokens from 1, or a fraction of the prompt like 1/32 or 0.2";

  static Parameter parameter() {
    return Parameter.text(
        "budget",
        RANGE,
        "tokens to select; of a prompt that has no more, all",
        text -> parse(text).canonical(text));
  }

  /**
   * Parses {@code 2048}, {@code 1/32} or {@code 0.2}.
   *
   * @throws IllegalArgumentException with what was expected
   */
  static Budget parse(String text) {
    Budget budget = new Budget(0, 0);
    if (text.matches("[0-9]{1,9}")) {
      budget = new Budget(Long.parseLong(text), 0);
    } else if (text.matches("[0-9]{1,9}/[0-9]{1,9}")) {
      String[] parts = text.split("/");
      budget = fraction(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    } else if (text.matches("0?\\.[0-9]{1,9}")) {
      BigDecimal number = new BigDecimal(text);
      budget = fraction(number.unscaledValue().longValue(), pow10(number.scale()));
    }
    if (budget.numerator < 1) {
      throw new IllegalArgumentException("expected " + RANGE);
    }
    return budget;
  }

  /** Nothing where it is not between 0 and 1. */
  private static Budget fraction(long numerator, long denominator) {
    return numerator < denominator ? new Budget(numerator, denominator) : new Budget(0, 0);
  }

  private static long pow10(int exponent) {
    return BigDecimal.ONE.scaleByPowerOfTen(exponent).longValueExact();
  }

  private String canonical(String text) {
    if (text.contains(".")) {
      return new BigDecimal(text).stripTrailingZeros().toPlainString();
    }
    return denominator == 0 ? Long.toString(numerator) : numerator + "/" + denominator;
  }

  /** Tokens of a prompt: of a fraction the whole part, at least 1 and at most all. */
  int tokens(int prompt) {
    long wanted = denominator == 0 ? numerator : prompt * numerator / denominator;
    return (int) Math.max(1, Math.min(prompt, wanted));
  }
}
