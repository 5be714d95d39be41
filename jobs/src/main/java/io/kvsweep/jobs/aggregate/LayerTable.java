package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.Column;
import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Each method layer by layer: means over prompts. */
final class LayerTable {
  private LayerTable() {}

  /**
   * A method on a layer.
   *
   * @param rows one per prompt, failed ones included
   */
  record Line(GroupKey key, int layer, GroupRows rows) {
    int failed() {
      return rows.rows().size() - rows.measured().size();
    }

    Double mean(Metric metric) {
      return MetricSummary.mean(rows.values(metric));
    }
  }

  /**
   * By section, method and layer.
   *
   * @param groups sorted
   */
  static List<Line> lines(Collection<GroupRows> groups) {
    List<Line> lines = new ArrayList<>();
    for (GroupRows group : groups) {
      TreeMap<Integer, List<MetricRow>> layers = new TreeMap<>();
      for (MetricRow row : group.rows()) {
        layers.computeIfAbsent(row.layer(), k -> new ArrayList<>()).add(row);
      }
      layers.forEach(
          (layer, rows) ->
              lines.add(new Line(group.key(), layer, new GroupRows(group.key(), rows, 0))));
    }
    return lines;
  }

  static List<Column<Line>> columns() {
    List<Column<Line>> columns = Section.columns(line -> line.key().section());
    columns.addAll(
        List.of(
            Column.ofString("method", line -> line.key().method()),
            Column.ofString("method_spec", line -> line.key().methodSpec()),
            Column.ofInt("layer", Line::layer),
            Column.ofInt("n", line -> line.rows().rows().size()),
            Column.ofInt("failed", Line::failed),
            Column.ofDouble("effective_bits", line -> line.mean(Metric.EFFECTIVE_BITS))));
    for (SummaryMetric metric : SummaryMetric.values()) {
      columns.add(Column.ofDouble(metric.label() + "_mean", line -> line.mean(metric.metric())));
    }
    columns.add(
        Column.ofDouble("bits_above_limit_mean", line -> line.mean(Metric.BITS_ABOVE_LIMIT)));
    return List.copyOf(columns);
  }
}
