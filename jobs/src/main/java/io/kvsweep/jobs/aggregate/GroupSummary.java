package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The rows of one group, and their summary. */
record GroupSummary(GroupRows rows, Summary summary) {

  static GroupSummary of(GroupRows rows, SectionUnits units) {
    List<MetricRow> measured = rows.measured();
    long bytes = measured.stream().mapToLong(MetricRow::totalBytes).sum();
    long values = measured.stream().mapToLong(MetricRow::values).sum();
    long captured = measured.stream().mapToLong(MetricRow::capturedBytes).sum();
    Map<PromptLength, Double> bits = new EnumMap<>(PromptLength.class);
    for (PromptLength length : PromptLength.values()) {
      bits.put(length, MetricSummary.mean(rows.values(length.bits())));
    }
    bits.put(PromptLength.CAPTURED, bytes == 0 || values == 0 ? null : 8.0 * bytes / values);
    List<MetricSummary> metrics = new ArrayList<>();
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics.add(summary(rows, metric.metric(), units.of(rows.key(), metric)));
    }
    Summary summary =
        new Summary(
            rows.key(),
            1,
            rows.rows().size(),
            (int) rows.rows().stream().map(MetricRow::prompt).distinct().count(),
            (int) rows.rows().stream().map(MetricRow::layer).distinct().count(),
            rows.rows().size() - measured.size(),
            units.of(rows.key()),
            rows.versions().size(),
            reading(rows, Metric.READ_RATIO),
            reading(rows, Metric.KEPT_MASS),
            (int) rows.values(Metric.BITS_ABOVE_LIMIT).stream().filter(b -> b < 0).count(),
            (int) measured.stream().filter(GroupSummary::isBelowLogitLimit).count(),
            MetricSummary.mean(rows.values(Metric.NOMINAL_BITS)),
            bits,
            bytes == 0 ? null : (double) captured / bytes,
            total(measured),
            List.copyOf(metrics),
            worst(rows.key().model(), measured));
    return new GroupSummary(rows, summary);
  }

  private static Double reading(GroupRows rows, Metric metric) {
    return rows.key().hasSelector() ? MetricSummary.mean(rows.values(metric)) : null;
  }

  /** Without error there is nothing to flag, as with {@code bits_above_limit}. */
  private static boolean isBelowLogitLimit(MetricRow row) {
    Double limit = row.metric(Metric.RD_LIMIT_LOGIT_RMS);
    Double error = row.metric(Metric.LOGIT_RMS);
    return limit != null && error != null && error > 0 && error < limit;
  }

  private static MetricSummary summary(GroupRows rows, Metric metric, int units) {
    return MetricSummary.of(
        rows.values(metric),
        units,
        MetricSummary.mean(rows.measured().stream().map(row -> row.headMean(metric)).toList()),
        GeometricMean.of(List.of(rows), metric));
  }

  /** All squared errors over all squares; null where a row does not tell its squares. */
  private static Double total(List<MetricRow> rows) {
    double error = 0;
    double energy = 0;
    for (MetricRow row : rows) {
      Double squares = row.metric(Metric.ENERGY);
      Double nmse = row.metric(Metric.NMSE);
      if (squares == null || nmse == null) {
        return null;
      }
      error += nmse * squares;
      energy += squares;
    }
    double total = error == 0 ? 0 : error / energy;
    return rows.isEmpty() || !Double.isFinite(total) ? null : (Double) total;
  }

  /** The first of the worst in the order of the rows. */
  private static Summary.Place worst(String model, List<MetricRow> rows) {
    MetricRow worst = null;
    for (MetricRow row : rows) {
      Double nmse = row.metric(Metric.NMSE);
      if (nmse != null && (worst == null || Double.compare(nmse, worst.metric(Metric.NMSE)) > 0)) {
        worst = row;
      }
    }
    return worst == null ? null : new Summary.Place(model, worst.layer(), worst.prompt());
  }
}
