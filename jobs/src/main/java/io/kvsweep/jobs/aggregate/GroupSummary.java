package io.kvsweep.jobs.aggregate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Summarises the rows of one group.
 *
 * @param superseded rows left out because a later run measured the same (prompt, layer) with
 *     another version of the codec or other tensors
 */
record GroupSummary(Summary summary, List<Failure> failures, int superseded)
    implements Serializable {

  /**
   * @param rows of this group, best row per (cell, unit), in any order
   */
  static GroupSummary of(GroupKey key, Collection<MetricRow> rows) {
    List<MetricRow> latest = latest(rows);
    List<MetricRow> measured = latest.stream().filter(row -> !row.failed()).toList();
    long bytes = measured.stream().mapToLong(MetricRow::totalBytes).sum();
    long values = measured.stream().mapToLong(MetricRow::values).sum();
    long captured = measured.stream().mapToLong(MetricRow::capturedBytes).sum();
    List<MetricSummary> metrics = new ArrayList<>();
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics.add(MetricSummary.of(values(measured, metric)));
    }
    Summary summary =
        new Summary(
            key,
            1,
            latest.size(),
            (int) latest.stream().map(MetricRow::prompt).distinct().count(),
            (int) latest.stream().map(MetricRow::layer).distinct().count(),
            latest.size() - measured.size(),
            MetricSummary.mean(measured.stream().map(MetricRow::nominalBits).toList()),
            bytes == 0 || values == 0 ? null : 8.0 * bytes / values,
            bytes == 0 ? null : (double) captured / bytes,
            List.copyOf(metrics),
            worst(key.model(), measured));
    List<Failure> failures =
        latest.stream()
            .filter(MetricRow::failed)
            .map(row -> new Failure(key, row.layer(), row.prompt(), row.error()))
            .toList();
    return new GroupSummary(summary, failures, rows.size() - latest.size());
  }

  /** One row per (prompt, layer), that of the latest run; run ids sort by time. */
  private static List<MetricRow> latest(Collection<MetricRow> rows) {
    List<MetricRow> sorted = new ArrayList<>(rows);
    sorted.sort(MetricRow.ORDER);
    List<MetricRow> latest = new ArrayList<>();
    for (MetricRow row : sorted) {
      int last = latest.size() - 1;
      if (last >= 0
          && latest.get(last).prompt().equals(row.prompt())
          && latest.get(last).layer() == row.layer()) {
        latest.set(last, row);
      } else {
        latest.add(row);
      }
    }
    return latest;
  }

  private static List<Double> values(List<MetricRow> rows, SummaryMetric metric) {
    return rows.stream().map(row -> row.metric(metric)).filter(Objects::nonNull).toList();
  }

  /** The first of the worst in the order of the rows. */
  private static Summary.Place worst(String model, List<MetricRow> rows) {
    MetricRow worst = null;
    for (MetricRow row : rows) {
      Double nmse = row.metric(SummaryMetric.NMSE);
      if (nmse != null
          && (worst == null || Double.compare(nmse, worst.metric(SummaryMetric.NMSE)) > 0)) {
        worst = row;
      }
    }
    return worst == null ? null : new Summary.Place(model, worst.layer(), worst.prompt());
  }
}
