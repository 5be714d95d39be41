package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.stats.Estimate;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The number that decides a claim.
 *
 * @param value null where the evidence is missing
 * @param low lower end of its 95 % interval, null where there is none
 * @param text the number for people, with its interval
 * @param conditions what was measured on what, or what is missing and how to get it
 * @param singles the numbers that the value is the mean of
 */
record Measured(
    Double value,
    Double low,
    Double high,
    int n,
    int prompts,
    int models,
    String text,
    String conditions,
    List<Double> singles) {

  /** Without evidence. */
  static Measured missing(String conditions) {
    return new Measured(null, null, null, 0, 0, 0, "-", conditions, List.of());
  }

  /** A number that follows from shapes and codecs: no data could make it another. */
  static Measured arithmetic(double value, Unit unit, String conditions) {
    return arithmetic(value, unit.text(value), conditions);
  }

  /** The same with a text of its own. */
  static Measured arithmetic(double value, String text, String conditions) {
    return single(value, text, "arithmetic, the same for any data: " + conditions);
  }

  /** One measured number that is no mean. */
  static Measured single(double value, Unit unit, String conditions) {
    return single(value, unit.text(value), conditions);
  }

  private static Measured single(double value, String text, String conditions) {
    return new Measured(value, null, null, 0, 0, 0, text, conditions, List.of());
  }

  /**
   * The mean of a sample.
   *
   * @param sample not empty
   */
  static Measured of(Sample sample, Unit unit, String conditions) {
    Estimate all = sample.overall();
    Estimate some = sample.replicated();
    boolean interval = some.low() != null;
    String range =
        interval ? "[%s, %s]".formatted(unit.number(some.low()), unit.number(some.high())) : "";
    String text = unit.text(all.mean());
    if (interval && sample.singles().isEmpty()) {
      text += " " + range;
    } else if (interval) {
      text += "; several prompts: %s %s".formatted(unit.text(some.mean()), range);
    }
    return new Measured(
        all.mean(),
        some.low(),
        some.high(),
        all.n(),
        all.prompts(),
        all.models(),
        text,
        "%s; %s of %d layers, %d prompts, %d models%s%s"
            .formatted(
                conditions,
                sample.geometric() ? "geometric mean" : "mean",
                all.n(),
                all.prompts(),
                all.models(),
                byModel(sample, unit),
                interval && !sample.singles().isEmpty()
                    ? "; interval without " + String.join(", ", sample.singles()) + " (one prompt)"
                    : ""),
        List.copyOf(sample.values().values()));
  }

  private static String byModel(Sample sample, Unit unit) {
    return sample.byModel().size() == 1
        ? ""
        : sample.byModel().entrySet().stream()
            .map(model -> model.getKey() + " " + unit.number(model.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  Measured with(String condition) {
    return new Measured(
        value, low, high, n, prompts, models, text, conditions + "; " + condition, singles);
  }
}
