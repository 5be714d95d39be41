package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.LogErrorCurve;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.CurveName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Methods at equal effective bits: the mean error of each curve, its logarithm interpolated at
 * fixed budgets, where the curve reaches them. An end within 1.5 % of a budget counts there, with
 * the error that was measured: effective bits lie a little above whole numbers, for the sake of a
 * header or of one more range, and what takes 2.02 bits is what people mean by 2. Over models it is
 * the mean of the models' logarithms, where the curve reaches the budget on every model of the
 * section. Specifications that lack rows which another of the section measured are no points;
 * methods with a selector are there in output error alone.
 */
final class BudgetTable {
  /** Bits that are taken for those of a budget: less than the bits of a quantiser's ranges. */
  static final double NEAR = 0.015;

  private final List<Double> budgets;
  private final List<Line> lines = new ArrayList<>();

  private BudgetTable(List<Double> budgets) {
    this.budgets = budgets;
  }

  /**
   * A curve at a budget.
   *
   * @param atBits what the error is of: the budget, or the end of the curve that is near it, over
   *     models that furthest off; null without error
   * @param error null where the curve does not reach the budget
   * @param rank 1 for the lowest error; equal errors share a rank; null without error
   * @param compared curves that reach the budget
   * @param fromBits lowest rate of the curve, over models the highest of these
   * @param toBits highest rate of the curve, over models the lowest of these
   * @param points measured rates, over models the fewest
   */
  record Line(
      Section section,
      SummaryMetric metric,
      PromptLength length,
      double budget,
      String curve,
      Double atBits,
      Double error,
      Integer rank,
      int compared,
      double fromBits,
      double toBits,
      int points,
      int models) {}

  /**
   * By section, metric, length, budget, rank and curve. Curves that reach none of the budgets are
   * left out.
   *
   * @param budgets effective bits per value
   */
  static List<Line> lines(SummaryTable summary, List<Double> budgets) {
    BudgetTable table = new BudgetTable(budgets.stream().distinct().sorted().toList());
    Set<GroupKey> mixed = new TreeSet<>();
    summary.mixed().forEach(line -> mixed.add(line.key()));
    Map<Section, Map<Section, List<Summary>>> kinds = new TreeMap<>();
    for (Summary line : summary.lines()) {
      Section section = line.key().section();
      if (!section.isOverModels()) {
        kinds
            .computeIfAbsent(section.overModels(), k -> new TreeMap<>())
            .computeIfAbsent(section, k -> new ArrayList<>())
            .add(line);
      }
    }
    for (Map.Entry<Section, Map<Section, List<Summary>>> kind : kinds.entrySet()) {
      for (SummaryMetric metric : SummaryMetric.values()) {
        for (PromptLength length : PromptLength.values()) {
          table.add(kind.getKey(), kind.getValue(), metric, length, mixed);
        }
      }
    }
    table.lines.sort(
        Comparator.comparing(Line::section)
            .thenComparing(Line::metric)
            .thenComparing(Line::length)
            .thenComparingDouble(Line::budget)
            .thenComparing(Line::rank, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Line::curve));
    return table.lines;
  }

  /**
   * @param mixed methods whose versions differ, be it between models
   */
  private void add(
      Section overModels,
      Map<Section, List<Summary>> models,
      SummaryMetric metric,
      PromptLength length,
      Set<GroupKey> mixed) {
    Map<String, List<LogErrorCurve>> common = new TreeMap<>();
    models.forEach(
        (section, summaries) -> {
          Map<String, List<LogErrorCurve>> curves = new TreeMap<>();
          curves(summaries, metric, length)
              .forEach((name, curve) -> curves.put(name, List.of(curve)));
          add(section, metric, length, curves);
          List<Summary> alike =
              summaries.stream().filter(line -> !mixed.contains(line.key().overModels())).toList();
          curves(alike, metric, length)
              .forEach(
                  (name, curve) -> common.computeIfAbsent(name, k -> new ArrayList<>()).add(curve));
        });
    if (models.size() > 1) {
      common.values().removeIf(curves -> curves.size() < models.size());
      add(overModels, metric, length, common);
    }
  }

  private static Map<String, LogErrorCurve> curves(
      List<Summary> summaries, SummaryMetric metric, PromptLength length) {
    Map<String, List<LogErrorCurve.Point>> points = new TreeMap<>();
    for (Summary line : summaries) {
      Double bits = line.effectiveBits(length);
      Double error = line.metric(metric).mean();
      if (line.compares(metric) && bits != null) {
        points
            .computeIfAbsent(CurveName.of(line.key().methodSpec()), k -> new ArrayList<>())
            .add(new LogErrorCurve.Point(bits, error));
      }
    }
    Map<String, LogErrorCurve> curves = new TreeMap<>();
    points.forEach((name, of) -> curves.put(name, new LogErrorCurve(of)));
    curves.values().removeIf(curve -> curve.points() == 0);
    return curves;
  }

  /**
   * @param curves by name, of one model or of each
   */
  private void add(
      Section section,
      SummaryMetric metric,
      PromptLength length,
      Map<String, List<LogErrorCurve>> curves) {
    curves
        .values()
        .removeIf(of -> budgets.stream().allMatch(budget -> logError(of, budget) == null));
    for (double budget : budgets) {
      List<Double> reached =
          curves.values().stream()
              .map(of -> logError(of, budget))
              .filter(Objects::nonNull)
              .sorted()
              .toList();
      curves.forEach(
          (name, of) -> {
            Double log = logError(of, budget);
            lines.add(
                new Line(
                    section,
                    metric,
                    length,
                    budget,
                    name,
                    log == null ? null : atBits(of, budget),
                    log == null ? null : (Double) StrictMath.exp(log),
                    log == null ? null : (Integer) (reached.indexOf(log) + 1),
                    reached.size(),
                    most(of, LogErrorCurve::fromBits),
                    -most(of, curve -> -curve.toBits()),
                    of.stream().mapToInt(LogErrorCurve::points).min().orElseThrow(),
                    of.size()));
          });
    }
  }

  /** Mean over the curves, or null where one of them does not reach the budget. */
  private static Double logError(Collection<LogErrorCurve> curves, double budget) {
    List<Double> logs = new ArrayList<>();
    for (LogErrorCurve curve : curves) {
      Double bits = curve.reached(budget, NEAR);
      if (bits == null) {
        return null;
      }
      logs.add(curve.logErrorAt(bits));
    }
    return MetricSummary.mean(logs);
  }

  private static Double atBits(Collection<LogErrorCurve> curves, double budget) {
    return curves.stream()
        .map(curve -> curve.reached(budget, NEAR))
        .max(Comparator.comparingDouble((Double bits) -> Math.abs(bits - budget)))
        .orElseThrow();
  }

  private static double most(List<LogErrorCurve> curves, Function<LogErrorCurve, Double> bits) {
    return curves.stream().map(bits).max(Double::compare).orElseThrow();
  }

  static List<Column<Line>> columns() {
    List<Column<Line>> columns = Section.columns(Line::section);
    columns.addAll(
        List.of(
            Column.ofString("metric", line -> line.metric().label()),
            Column.ofString("prompt_length", line -> line.length().label()),
            Column.ofDouble("budget_bits", Line::budget),
            Column.ofString("curve", Line::curve),
            Column.ofDouble("at_bits", Line::atBits),
            Column.ofDouble("error", Line::error),
            Column.ofInt("rank", Line::rank),
            Column.ofInt("n_compared", Line::compared),
            Column.ofDouble("from_bits", Line::fromBits),
            Column.ofDouble("to_bits", Line::toBits),
            Column.ofInt("n_points", Line::points),
            Column.ofInt("n_models", Line::models)));
    return List.copyOf(columns);
  }
}
