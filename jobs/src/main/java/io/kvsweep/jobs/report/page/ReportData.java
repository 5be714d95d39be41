package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.results.ResultStore;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * All that a report shows, as read.
 *
 * @param output folder as the user gave it
 * @param options that the tables were made with
 * @param lines of the summary
 * @param budgets rows of the table
 * @param paired rows of the table
 * @param answers best methods at the budgets
 * @param everyModel points of {@link EveryModel}, which answers over models are of
 * @param frontiers of the table
 * @param failures rows of {@link ResultDetails#failures}
 * @param retries rows of {@link ResultDetails#retries}
 * @param heads rows of {@link ResultDetails#heads}, or of layers where heads are too many
 * @param spectra rows of the table; empty without
 * @param claims rows of the table, if claims were judged
 * @param claimsCurrent whether they were judged by these results
 * @param points what may be drawn, and what was left out
 */
record ReportData(
    String output,
    Names names,
    Runs runs,
    Counts counts,
    AggregateOptions options,
    List<Summaries.Line> lines,
    List<Row> budgets,
    List<Row> paired,
    List<Answers.Answer> answers,
    Map<String, List<Frontiers.Point>> everyModel,
    Frontiers frontiers,
    List<Row> failures,
    List<Row> retries,
    Heads heads,
    List<Row> spectra,
    Optional<List<Row>> claims,
    boolean claimsCurrent,
    PointBudget points) {
  /** The prompt length of bits that is shown first. */
  static final PromptLength FIRST_LENGTH = PromptLength.CAPTURED;

  /** Reads all of it, aggregating first where tables are missing or old. */
  static ReportData read(SparkSession spark, ResultStore store, String output) {
    ReportTables tables = ReportTables.current(spark, store);
    ResultDetails details = ResultDetails.open(spark, store);
    List<Row> summary = tables.rows("summary");
    PointBudget points = new PointBudget(output);
    Names names = Names.of(summary, points.models(summary));
    Runs runs = Runs.read(store);
    List<Row> budgets = names.shown(tables.rows("budgets"));
    List<Row> groups = details.groups();
    Counts counts = Counts.of(groups);
    List<Summaries.Line> lines = Summaries.of(names, names.shown(summary), groups, runs);
    Frontiers frontiers = Frontiers.of(names, names.shown(tables.rows("frontier")));
    Map<String, List<Frontiers.Point>> everyModel = EveryModel.points(names, summary);
    List<Row> paired = Paired.few(names.shown(tables.rows("paired")), points);
    return new ReportData(
        output,
        names,
        runs,
        counts,
        tables.options(),
        lines,
        budgets,
        paired,
        Answers.of(
            names, tables.options().budgets(), budgets, frontiers.onEveryModel(names, everyModel)),
        everyModel,
        frontiers,
        counts.failed() == 0 ? List.of() : details.failures(),
        counts.failed() == 0 ? List.of() : details.retries(),
        Heads.read(names, details, counts.headLines(), points),
        Spectra.few(names.shown(tables.optional("spectra").orElse(List.of())), points),
        tables.optional("claims"),
        tables.isCurrent("claims"),
        points);
  }

  /** What is shown first: the model with the most rows, the first by name among equals. */
  int firstModel() {
    return lines.stream()
        .filter(line -> line.model() != names.overModels())
        .max(
            Comparator.<Summaries.Line>comparingInt(line -> line.count("n"))
                .thenComparing(Summaries.Line::model, Comparator.reverseOrder()))
        .orElseThrow()
        .model();
  }

  /** Effective bits at which methods are compared, rising, whether or not a curve reaches them. */
  List<Double> sizes() {
    return options.budgets();
  }

  /** The budget shown first: 2 bits, or else the middle one. */
  int firstBudget() {
    List<Double> sizes = sizes();
    int two = sizes.indexOf(2.0);
    return two >= 0 ? two : sizes.size() / 2;
  }

  /** The error shown first: the first by which methods of these results compare. */
  SummaryMetric firstMetric() {
    return Arrays.stream(SummaryMetric.values())
        .filter(metric -> lines.stream().anyMatch(line -> compares(line, metric)))
        .findFirst()
        .orElse(SummaryMetric.NMSE);
  }

  /** Whether anything was measured that compares, if only in part. */
  boolean isMeasured(int model, int scope, SummaryMetric metric) {
    return lines.stream()
        .anyMatch(line -> line.model() == model && line.scope() == scope && compares(line, metric));
  }

  /** How many cells there are of a model and scope if all of them failed; else 0. */
  int allFailed(int model, int scope) {
    int cells = 0;
    for (Summaries.Line line : lines) {
      if (line.model() == model && line.scope() == scope) {
        if (line.measured() > 0) {
          return 0;
        }
        cells += line.count("n");
      }
    }
    return cells;
  }

  /** Whether it has the error shown first, and compares by it. */
  boolean isCompared(Summaries.Line line) {
    return compares(line, firstMetric());
  }

  /** Of a method that measured every cell, the errors that others have in more of them. */
  List<SummaryMetric> lacking(Summaries.Line line) {
    return Arrays.stream(SummaryMetric.values())
        .filter(metric -> line.isComplete() && compares(line, metric) && !line.compares(metric))
        .toList();
  }

  private boolean compares(Summaries.Line line, SummaryMetric metric) {
    return line.error(metric) != null
        && Names.compares(
            names.scopes().get(line.scope()).kind(),
            names.specs().get(line.spec()).selector(),
            metric);
  }
}
