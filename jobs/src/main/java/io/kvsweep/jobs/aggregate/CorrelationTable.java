package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import io.kvsweep.jobs.stats.RankCorrelation;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether metrics agree: Spearman's correlation of each two, turned so that +1 is agreement on what
 * is better. Rows without any error are left out, of which every metric says the same, and those of
 * methods with a selector, whose metrics are of different tokens.
 */
final class CorrelationTable {
  private final Section section;
  private final Map<Place, List<MetricRow>> places = new TreeMap<>();

  private CorrelationTable(Section section) {
    this.section = section;
  }

  /** Where methods are ranked. */
  private record Place(String model, MetricRow.Cell cell) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byModel = model.compareTo(other.model);
      return byModel != 0 ? byModel : cell.compareTo(other.cell);
    }
  }

  /**
   * Two metrics.
   *
   * @param within methods ranked on each (prompt, layer), then averaged as all estimates are; its
   *     {@code n} counts these
   * @param methods ranked on the (prompt, layer) with most of them
   * @param rows of all rows together, or null
   * @param n rows in {@code rows}
   */
  record Line(
      Section section, Metric a, Metric b, Estimate within, int methods, Double rows, int n) {}

  /**
   * What is correlated: errors of tensors and attention that have a better and a worse. {@code
   * sqnr_db} orders as {@code nmse} does, by its definition.
   */
  static List<Metric> metrics() {
    return Arrays.stream(Metric.values())
        .filter(m -> m.group() == Metric.Group.TENSOR || m.group() == Metric.Group.ATTENTION)
        .filter(m -> m.direction() != Metric.Direction.NONE && m != Metric.SQNR_DB)
        .toList();
  }

  /**
   * By section and metrics; pairs that nothing tells about are left out.
   *
   * @param groups sorted
   */
  static List<Line> lines(List<GroupRows> groups) {
    Map<Section, CorrelationTable> sections = new TreeMap<>();
    boolean several = groups.stream().map(g -> g.key().model()).distinct().count() > 1;
    for (GroupRows group : groups) {
      Section section = group.key().section();
      sections.computeIfAbsent(section, CorrelationTable::new).add(group);
      if (several) {
        sections.computeIfAbsent(section.overModels(), CorrelationTable::new).add(group);
      }
    }
    List<Line> lines = new ArrayList<>();
    sections.values().forEach(table -> lines.addAll(table.lines()));
    return lines;
  }

  private void add(GroupRows group) {
    if (group.key().hasSelector()) {
      return; // its metrics are of different tokens
    }
    for (MetricRow row : group.measured()) {
      Double nmse = row.metric(Metric.NMSE);
      if (nmse != null && nmse > 0) {
        places
            .computeIfAbsent(new Place(group.key().model(), row.cell()), k -> new ArrayList<>())
            .add(row);
      }
    }
  }

  private List<Line> lines() {
    List<Metric> metrics =
        metrics().stream().filter(m -> SummaryMetric.compares(m, section.kind())).toList();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < metrics.size(); i++) {
      for (int j = i + 1; j < metrics.size(); j++) {
        Line line = line(metrics.get(i), metrics.get(j));
        if (line.within().mean() != null || line.rows() != null) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private Line line(Metric a, Metric b) {
    List<Observation> within = new ArrayList<>();
    List<MetricRow> all = new ArrayList<>();
    int methods = 0;
    for (Map.Entry<Place, List<MetricRow>> entry : places.entrySet()) {
      Place place = entry.getKey();
      List<MetricRow> rows = entry.getValue();
      List<MetricRow> both =
          rows.stream().filter(r -> r.metric(a) != null && r.metric(b) != null).toList();
      all.addAll(both);
      Double correlation = correlation(both, a, b);
      if (correlation != null) {
        methods = Math.max(methods, both.size());
        within.add(new Observation(place.model(), place.cell().prompt(), correlation));
      }
    }
    return new Line(
        section,
        a,
        b,
        ClusterBootstrap.STANDARD.mean(within).within(-1, 1),
        methods,
        correlation(all, a, b),
        all.size());
  }

  private static Double correlation(List<MetricRow> rows, Metric a, Metric b) {
    return RankCorrelation.spearman(badness(rows, a), badness(rows, b));
  }

  private static double[] badness(List<MetricRow> rows, Metric metric) {
    double sign = metric.direction() == Metric.Direction.HIGHER ? -1 : 1;
    return rows.stream().mapToDouble(row -> sign * row.metric(metric)).toArray();
  }

  static List<Column<Line>> columns() {
    List<Column<Line>> columns = Section.columns(Line::section);
    columns.addAll(
        List.of(
            Column.ofString("metric_a", line -> line.a().key()),
            Column.ofString("metric_b", line -> line.b().key()),
            Column.ofDouble("spearman", line -> line.within().mean()),
            Column.ofDouble("spearman_low", line -> line.within().low()),
            Column.ofDouble("spearman_high", line -> line.within().high()),
            Column.ofInt("n_methods", Line::methods),
            Column.ofInt("n_layers", line -> line.within().n()),
            Column.ofInt("n_prompts", line -> line.within().prompts()),
            Column.ofDouble("spearman_rows", Line::rows),
            Column.ofInt("n_rows", Line::n)));
    return List.copyOf(columns);
  }
}
