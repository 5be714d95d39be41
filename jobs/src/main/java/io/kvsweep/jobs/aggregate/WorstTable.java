package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where each method is worst, over all models: the rows with the largest error of each metric. By
 * method, because a list over all of them would be one of the coarsest only.
 */
final class WorstTable {
  private static final int SHOWN = 5;

  private WorstTable() {}

  /**
   * A row among the worst.
   *
   * @param rank 1 for the worst
   */
  record Line(SummaryMetric metric, GroupKey key, int rank, double value, MetricRow row) {}

  /**
   * By kind, seed, method, metric and rank; of equal errors the first by model, prompt and layer.
   *
   * @param groups sorted
   */
  static List<Line> lines(List<GroupRows> groups) {
    Map<GroupKey, List<GroupRows>> methods = new TreeMap<>();
    for (GroupRows group : groups) {
      methods.computeIfAbsent(group.key().overModels(), k -> new ArrayList<>()).add(group);
    }
    List<Line> lines = new ArrayList<>();
    for (List<GroupRows> models : methods.values()) {
      for (SummaryMetric metric : SummaryMetric.values()) {
        List<Line> worst = new ArrayList<>();
        for (GroupRows group : models) {
          for (MetricRow row : group.measured()) {
            Double value = row.metric(metric.metric());
            if (value != null && SummaryMetric.tells(metric.metric(), group.key().kind())) {
              worst.add(new Line(metric, group.key(), 0, value, row));
            }
          }
        }
        // Stable, and models, prompts and layers come in their order.
        worst.sort(Comparator.comparingDouble(Line::value).reversed());
        for (int i = 0; i < Math.min(SHOWN, worst.size()); i++) {
          Line line = worst.get(i);
          lines.add(new Line(metric, line.key(), i + 1, line.value(), line.row()));
        }
      }
    }
    return lines;
  }

  static List<Column<Line>> columns() {
    return List.of(
        Column.ofString("kind", line -> line.key().kind()),
        Column.ofLong("seed", line -> line.key().seed()),
        Column.ofString("method", line -> line.key().method()),
        Column.ofString("method_spec", line -> line.key().methodSpec()),
        Column.ofString("metric", line -> line.metric().label()),
        Column.ofInt("rank", Line::rank),
        Column.ofDouble("value", Line::value),
        Column.ofString("model", line -> line.key().model()),
        Column.ofString("prompt", line -> line.row().prompt()),
        Column.ofInt("layer", line -> line.row().layer()));
  }
}
