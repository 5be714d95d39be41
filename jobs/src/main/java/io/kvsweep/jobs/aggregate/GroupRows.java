package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.Metric;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rows of one group that count.
 *
 * @param rows one per (prompt, layer), in their order
 * @param superseded rows left out because a later run measured the same (prompt, layer) with
 *     another version of the codec or other tensors
 */
public record GroupRows(GroupKey key, List<MetricRow> rows, int superseded)
    implements Serializable {

  /**
   * @param rows of this group, best row per (cell, unit), in any order
   */
  public static GroupRows of(GroupKey key, Collection<MetricRow> rows) {
    List<MetricRow> latest = latest(rows);
    return new GroupRows(key, latest, rows.size() - latest.size());
  }

  /** One row per (prompt, layer), that of the latest run; run ids sort by time. */
  private static List<MetricRow> latest(Collection<MetricRow> rows) {
    List<MetricRow> sorted = new ArrayList<>(rows);
    sorted.sort(MetricRow.ORDER);
    List<MetricRow> latest = new ArrayList<>();
    for (MetricRow row : sorted) {
      int last = latest.size() - 1;
      if (last >= 0 && latest.get(last).cell().equals(row.cell())) {
        latest.set(last, row);
      } else {
        latest.add(row);
      }
    }
    return latest;
  }

  List<MetricRow> measured() {
    return rows.stream().filter(row -> !row.failed()).toList();
  }

  /**
   * Cells of the measured rows, which are several where a codec, or what it was fitted to, changed
   * between them; none of methods that have a cell to each unit.
   */
  Set<String> versions() {
    return key.isExternal()
        ? Set.of()
        : measured().stream().map(MetricRow::cellId).collect(Collectors.toSet());
  }

  List<Failure> failures() {
    return rows.stream()
        .filter(MetricRow::failed)
        .map(row -> new Failure(key, row.layer(), row.prompt(), row.error()))
        .toList();
  }

  /** A metric of the measured rows that have it, in their order. */
  List<Double> values(Metric metric) {
    return measured().stream().map(row -> row.metric(metric)).filter(Objects::nonNull).toList();
  }
}
