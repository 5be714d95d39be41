package io.kvsweep.udfs.spec;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A parameter of a method as data: what the parser checks, the canonical form spells out and {@code
 * kvsweep methods} lists.
 */
public final class Parameter {
  private final String name;
  private final String range;
  private final Optional<String> defaultValue;
  private final String meaning;
  private final UnaryOperator<String> canonical;

  private Parameter(
      String name,
      String range,
      Optional<String> defaultValue,
      String meaning,
      UnaryOperator<String> canonical) {
    this.name = name;
    this.range = range;
    this.defaultValue = defaultValue;
    this.meaning = meaning;
    this.canonical = canonical;
  }

  /** An integer of {@code [min, max]} without default. */
  public static Parameter integer(String name, int min, int max, String meaning) {
    String range = max == Integer.MAX_VALUE ? "integer from " + min : min + " to " + max;
    return new Parameter(
        name,
        range,
        Optional.empty(),
        meaning,
        text -> {
          BigDecimal number = number(text, range);
          if (number.stripTrailingZeros().scale() > 0
              || number.compareTo(BigDecimal.valueOf(min)) < 0
              || number.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new IllegalArgumentException("expected " + range);
          }
          return shortest(number);
        });
  }

  /** One of a few words. */
  public static Parameter choice(String name, List<String> words, String meaning) {
    String range = String.join("|", words);
    return new Parameter(
        name,
        range,
        Optional.empty(),
        meaning,
        text -> {
          if (!words.contains(text)) {
            throw new IllegalArgumentException("expected " + range);
          }
          return text;
        });
  }

  /** {@code true} or {@code false}. */
  public static Parameter flag(String name, String meaning) {
    return choice(name, List.of("true", "false"), meaning);
  }

  /** One of a few numbers. */
  public static Parameter numberOf(String name, List<String> numbers, String meaning) {
    String range = String.join(", ", numbers);
    return new Parameter(
        name,
        range,
        Optional.empty(),
        meaning,
        text -> {
          // Compared as numbers: spelling out 1e999999999 would take a gigabyte.
          BigDecimal number = number(text, range);
          return numbers.stream()
              .filter(known -> new BigDecimal(known).compareTo(number) == 0)
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("expected one of " + range));
        });
  }

  /**
   * Any text that {@code canonical} accepts.
   *
   * @param canonical returns the canonical form or throws {@link IllegalArgumentException} with
   *     what was expected
   */
  public static Parameter text(
      String name, String range, String meaning, UnaryOperator<String> canonical) {
    return new Parameter(name, range, Optional.empty(), meaning, canonical);
  }

  /** The same parameter with a default. */
  public Parameter orElse(String value) {
    return new Parameter(name, range, Optional.of(value), meaning, canonical);
  }

  public String name() {
    return name;
  }

  /** Accepted values, for people. */
  public String range() {
    return range;
  }

  /** Default; empty where the method asks for a value or has alternatives. */
  public Optional<String> defaultValue() {
    return defaultValue;
  }

  /** One line for people. */
  public String meaning() {
    return meaning;
  }

  /** Canonical form of a value as written. */
  String canonical(String text) {
    return canonical.apply(text);
  }

  private static BigDecimal number(String text, String range) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected " + range, e);
    }
  }

  private static String shortest(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }
}
