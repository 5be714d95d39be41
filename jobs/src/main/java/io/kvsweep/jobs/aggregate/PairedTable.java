package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Each method against its reference: the mean logarithm of error over error on identical (model,
 * prompt, layer, kind, seed), with its interval. What makes a prompt or layer hard cancels. Methods
 * with a selector are there in output error alone.
 */
final class PairedTable {
  private PairedTable() {}

  /**
   * A method against its reference.
   *
   * @param logRatio of error over the reference's error; below 0 the method is better
   * @param missing (model, prompt, layer) that one of the two measured and the other did not
   * @param withoutLog pairs of which one error is 0 or infinite; not in the mean
   */
  record Line(
      Section section,
      GroupKey method,
      String reference,
      Double effectiveBits,
      Double referenceBits,
      SummaryMetric metric,
      Estimate logRatio,
      int missing,
      int withoutLog) {}

  /**
   * By section, method and metric. Only models that measured both are compared.
   *
   * @param groups sorted
   * @param summary of the same groups
   */
  static List<Line> lines(
      List<GroupRows> groups, SummaryTable summary, Optional<String> reference) {
    Map<GroupKey, Summary> summaries = new TreeMap<>();
    summary.lines().forEach(line -> summaries.put(line.key(), line));
    Map<Section, Map<String, List<GroupRows>>> kinds = new TreeMap<>();
    for (GroupRows group : groups) {
      kinds
          .computeIfAbsent(group.key().section().overModels(), k -> new TreeMap<>())
          .computeIfAbsent(group.key().methodSpec(), k -> new ArrayList<>())
          .add(group);
    }
    List<Line> lines = new ArrayList<>();
    for (Map<String, List<GroupRows>> methods : kinds.values()) {
      ReferenceChoice choice = new ReferenceChoice(methods.values(), summaries, reference);
      for (List<GroupRows> method : methods.values()) {
        lines.addAll(lines(method, choice, summaries));
      }
    }
    lines.sort(
        Comparator.comparing(Line::section)
            .thenComparing(Line::method)
            .thenComparing(Line::metric));
    return lines;
  }

  private static List<Line> lines(
      List<GroupRows> method, ReferenceChoice choice, Map<GroupKey, Summary> summaries) {
    List<Line> lines = new ArrayList<>();
    for (GroupRows group : method) {
      choice
          .on(group)
          .ifPresent(
              other -> {
                for (SummaryMetric metric : comparing(group.key(), other.key())) {
                  lines.add(
                      Pairs.of(group, other, metric.metric())
                          .line(group.key(), other.key(), metric, summaries));
                }
              });
    }
    choice.over(method).ifPresent(other -> lines.addAll(overModels(method, other, summaries)));
    return lines;
  }

  private static List<Line> overModels(
      List<GroupRows> method, List<GroupRows> reference, Map<GroupKey, Summary> summaries) {
    Map<String, GroupRows> references = new TreeMap<>();
    reference.forEach(group -> references.put(group.key().model(), group));
    List<GroupRows> both =
        method.stream().filter(group -> references.containsKey(group.key().model())).toList();
    if (both.size() < 2) {
      return List.of();
    }
    GroupKey key = both.get(0).key().overModels();
    GroupKey other = reference.get(0).key().overModels();
    List<Line> lines = new ArrayList<>();
    for (SummaryMetric metric : comparing(key, other)) {
      List<Pairs> models =
          both.stream()
              .map(group -> Pairs.of(group, references.get(group.key().model()), metric.metric()))
              .toList();
      lines.add(Pairs.together(models).line(key, other, metric, summaries));
    }
    return lines;
  }

  private static List<SummaryMetric> comparing(GroupKey method, GroupKey reference) {
    return Arrays.stream(SummaryMetric.values())
        .filter(metric -> metric.compares(method) && metric.compares(reference))
        .toList();
  }

  /** Log ratios of one metric. */
  private record Pairs(List<Observation> logRatios, int missing, int withoutLog) {
    static Pairs of(GroupRows method, GroupRows reference, Metric metric) {
      Map<MetricRow.Cell, Double> a = values(method, metric);
      Map<MetricRow.Cell, Double> b = values(reference, metric);
      TreeSet<MetricRow.Cell> cells = new TreeSet<>(a.keySet());
      cells.addAll(b.keySet());
      List<Observation> logRatios = new ArrayList<>();
      int missing = 0;
      int withoutLog = 0;
      for (MetricRow.Cell cell : cells) {
        Double x = a.get(cell);
        Double y = b.get(cell);
        if (x == null || y == null) {
          missing++;
        } else if (!GeometricMean.hasLog(x) || !GeometricMean.hasLog(y)) {
          withoutLog++;
        } else {
          double logRatio = StrictMath.log(x) - StrictMath.log(y);
          logRatios.add(new Observation(method.key().model(), cell.prompt(), logRatio));
        }
      }
      return new Pairs(logRatios, missing, withoutLog);
    }

    static Pairs together(List<Pairs> models) {
      return new Pairs(
          models.stream().flatMap(pairs -> pairs.logRatios().stream()).toList(),
          models.stream().mapToInt(Pairs::missing).sum(),
          models.stream().mapToInt(Pairs::withoutLog).sum());
    }

    private static Map<MetricRow.Cell, Double> values(GroupRows group, Metric metric) {
      Map<MetricRow.Cell, Double> values = new TreeMap<>();
      for (MetricRow row : group.measured()) {
        Double value = row.metric(metric);
        if (value != null) {
          values.put(row.cell(), value);
        }
      }
      return values;
    }

    Line line(
        GroupKey method,
        GroupKey reference,
        SummaryMetric metric,
        Map<GroupKey, Summary> summaries) {
      return new Line(
          method.section(),
          method,
          reference.methodSpec(),
          summaries.get(method).capturedBits(),
          summaries.get(reference).capturedBits(),
          metric,
          ClusterBootstrap.STANDARD.mean(logRatios),
          missing,
          withoutLog);
    }
  }

  static List<Column<Line>> columns() {
    List<Column<Line>> columns = Section.columns(Line::section);
    columns.addAll(
        List.of(
            Column.ofString("method", line -> line.method().method()),
            Column.ofString("method_spec", line -> line.method().methodSpec()),
            Column.ofString("reference", Line::reference),
            Column.ofDouble("effective_bits", Line::effectiveBits),
            Column.ofDouble("reference_bits", Line::referenceBits),
            Column.ofString("metric", line -> line.metric().label()),
            Column.ofDouble("log_ratio", line -> line.logRatio().mean()),
            Column.ofDouble("log_ratio_low", line -> line.logRatio().low()),
            Column.ofDouble("log_ratio_high", line -> line.logRatio().high()),
            Column.ofDouble("ratio", line -> line.logRatio().map(StrictMath::exp).mean()),
            Column.ofInt("n_pairs", line -> line.logRatio().n()),
            Column.ofInt("n_prompts", line -> line.logRatio().prompts()),
            Column.ofInt("n_models", line -> line.logRatio().models()),
            Column.ofInt("n_missing", Line::missing),
            Column.ofInt("n_zero", Line::withoutLog)));
    return List.copyOf(columns);
  }
}
