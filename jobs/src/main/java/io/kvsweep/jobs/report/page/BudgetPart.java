package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** Methods at equal effective bits, a table per model and scope, first metric, captured length. */
final class BudgetPart {
  private BudgetPart() {}

  static Html html(ReportData report) {
    List<Double> sizes = report.sizes();
    Map<String, HtmlTable> tables = new LinkedHashMap<>();
    Map<String, List<Object>> lines = new LinkedHashMap<>();
    Map<String, String> tableOf = new LinkedHashMap<>();
    for (Row row : report.budgets()) {
      if (!row.<String>getAs("metric").equals(report.firstMetric().label())
          || !Names.compares(
              row.getAs("kind"),
              report.names().curves().get(report.names().curve(row.getAs("curve"))).selector(),
              report.firstMetric())
          || !row.<String>getAs("prompt_length").equals(ReportData.FIRST_LENGTH.label())) {
        continue;
      }
      String title =
          row.<String>getAs("model")
              + ", "
              + report.names().scopes().get(report.names().scope(row)).noun();
      String line = title + "\n" + row.<String>getAs("curve");
      tables.computeIfAbsent(title, t -> table(t, sizes));
      tableOf.put(line, title);
      lines
          .computeIfAbsent(
              line,
              k ->
                  new ArrayList<>(
                      List.of(
                          report
                              .names()
                              .curves()
                              .get(report.names().curve(row.getAs("curve")))
                              .shortName(),
                          Phrase.SPAN.of(
                              Rows.bits(Rows.number(row, "from_bits")),
                              Rows.bits(Rows.number(row, "to_bits")),
                              report.names().model(row.getAs("model"))
                                      == report.names().overModels()
                                  ? Phrase.ON_EVERY_MODEL.of()
                                  : "",
                              Header.count(row.<Integer>getAs("n_points"), "point", "points")))))
          .add(Rows.error(Rows.number(row, "error")));
    }
    addMeasured(report, tables, tableOf, lines);
    lines.forEach((line, cells) -> tables.get(tableOf.get(line)).row(cells));
    if (tables.isEmpty()) {
      boolean measured = report.lines().stream().anyMatch(line -> report.isCompared(line));
      return Html.of(
          "<p class=\"none\">{}</p>", (measured ? Phrase.NO_CURVE_REACHES : Phrase.NO_CURVE).of());
    }
    return Html.join(tables.values().stream().map(HtmlTable::html).toList());
  }

  /**
   * What is best at a size though no curve passes there, or all that pass are worse: a line for the
   * configuration, with its error at the sizes where it is best.
   */
  private static void addMeasured(
      ReportData report,
      Map<String, HtmlTable> tables,
      Map<String, String> tableOf,
      Map<String, List<Object>> lines) {
    Names names = report.names();
    List<Double> sizes = report.sizes();
    for (Answers.Answer answer : report.answers()) {
      Answers.Question question = answer.question();
      if (answer.kind() != Answers.Kind.MEASURED
          || !question.metric().equals(report.firstMetric().label())
          || !question.length().equals(ReportData.FIRST_LENGTH.label())) {
        continue;
      }
      String title =
          names.models().get(question.model()) + ", " + names.scopes().get(question.scope()).noun();
      String line = title + "\nmeasured\n" + answer.below().spec();
      tables.computeIfAbsent(title, t -> table(t, sizes));
      tableOf.put(line, title);
      List<Object> cells =
          lines.computeIfAbsent(
              line,
              k -> {
                String bits = Rows.bits(answer.below().bits());
                boolean over = question.model() == names.overModels();
                List<Object> row = new ArrayList<>();
                row.add(names.specs().get(answer.below().spec()).shortName());
                row.add(Phrase.MEASURED_AT.of(over ? Phrase.UP_TO.of(bits) : bits));
                sizes.forEach(size -> row.add(Rows.error(null)));
                return row;
              });
      cells.set(2 + sizes.indexOf(question.budget()), Rows.error(answer.below().error()));
    }
  }

  private static HtmlTable table(String title, List<Double> sizes) {
    HtmlTable table = new HtmlTable(title).texts("method", "measured from");
    sizes.forEach(size -> table.numbers(Rows.text(size) + " bits"));
    return table;
  }
}
