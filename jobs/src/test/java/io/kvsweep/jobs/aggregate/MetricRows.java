package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.Metric;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Rows and groups for tests; 16 values of f16 each, in 10 bytes and one more per layer. */
public final class MetricRows {
  private MetricRows() {}

  public static MetricRow row(
      String run, String cell, String prompt, int layer, Double nmse, Double kl, String error) {
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    metrics.put(Metric.NMSE, nmse);
    metrics.put(Metric.ATTENTION_KL, kl);
    metrics.put(Metric.NOMINAL_BITS, error == null ? 1.2 : null);
    return row(run, cell, prompt, layer, 10 + layer, metrics, error);
  }

  public static MetricRow row(
      String run,
      String cell,
      String prompt,
      int layer,
      long bytes,
      Map<Metric, Double> metrics,
      String error) {
    double[] values = new double[Metric.values().length];
    Arrays.fill(values, Double.NaN);
    metrics.forEach(
        (metric, value) -> values[metric.ordinal()] = value == null ? Double.NaN : value);
    double[] heads = new double[MetricRow.HEAD_METRICS.size()];
    Arrays.fill(heads, Double.NaN);
    long total = error == null ? bytes : 0;
    return new MetricRow(
        run, cell, "u" + prompt + layer, prompt, layer, 16, 32, total, values, heads, error);
  }

  /** A measured row of so many bits. */
  public static MetricRow row(String prompt, int layer, double bits, Map<Metric, Double> metrics) {
    return row("r", "c", prompt, layer, (long) (bits * 2), metrics, null);
  }

  public static MetricRow failed(String prompt, int layer) {
    return row("r", "c", prompt, layer, 0, Map.of(), "no");
  }

  /** Rows of a method; its family is the name before the parenthesis. */
  public static GroupRows group(String model, String spec, MetricRow... rows) {
    String family = spec.replaceFirst("\\(.*", "");
    return GroupRows.of(new GroupKey(model, "key", family, spec, 1), List.of(rows));
  }
}
