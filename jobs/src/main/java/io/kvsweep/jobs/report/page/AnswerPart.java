package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.page.Answers.Answer;
import io.kvsweep.jobs.report.page.Frontiers.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The answer on the first screen: which method is best at a number of effective bits, a row per
 * model and a column per budget. The script draws the same for other views.
 */
final class AnswerPart {
  private AnswerPart() {}

  /** For the first metric at the captured length, a table per scope. */
  static Html html(ReportData report) {
    List<Html> tables = new ArrayList<>();
    for (int scope = 0; scope < report.names().scopes().size(); scope++) {
      tables.add(table(report, scope));
    }
    long selectors = report.names().specs().stream().filter(Names.Spec::selector).count();
    if (selectors > 0) {
      tables.add(
          Html.of(
              "<p class=\"how\">{} with a token selector left out: this error is of the tokens that stay. Attention output error compares them.</p>",
              Header.count(selectors, "method", "methods")));
    }
    return Html.join(tables);
  }

  private static Html table(ReportData report, int scope) {
    Names names = report.names();
    List<HtmlTable.Column> columns = new ArrayList<>();
    columns.add(HtmlTable.Column.text("model"));
    List<Double> budgets = Answers.sizes(report.budgets());
    budgets.forEach(b -> columns.add(HtmlTable.Column.text(Rows.text(b) + " bits")));
    HtmlTable table =
        new HtmlTable(
            "%s of %s: best method at each number of effective bits per value"
                .formatted(
                    ReportData.FIRST_METRIC.metric().title(), names.scopes().get(scope).noun()),
            columns);
    for (int model = 0; model < names.models().size(); model++) {
      List<Object> row = new ArrayList<>();
      row.add(names.models().get(model));
      for (double budget : budgets) {
        row.add(cell(names, find(report, model, scope, budget)));
      }
      table.row(row);
    }
    return table.html();
  }

  private static Answer find(ReportData report, int model, int scope, double budget) {
    Answers.Question question =
        new Answers.Question(
            model, scope, ReportData.FIRST_METRIC.label(), ReportData.FIRST_LENGTH.label(), budget);
    return report.answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElse(null);
  }

  private static Html cell(Names names, Answer answer) {
    if (answer == null) {
      return Html.of("<span class=\"none\">not measured</span>");
    }
    if (answer.measuredWins()) {
      return Html.of(
          "<b>{}</b><span class=\"e\">{}</span><small>{}</small>",
          names.specs().get(answer.below().spec()).shortName(),
          Rows.error(answer.below().error()),
          "measured at %s bits%s"
              .formatted(
                  Rows.bits(answer.below().bits()),
                  answer.compared() == 0 ? "" : ", beats " + curves(answer.compared())));
    }
    if (answer.error() != null) {
      return Html.of(
          "<b>{}</b><span class=\"e\">{}</span><small>{}</small>",
          answer.curves().stream()
              .map(curve -> names.curves().get(curve).shortName())
              .collect(Collectors.joining(" = ")),
          Rows.error(answer.error()),
          "best of " + curves(answer.compared()));
    }
    Point next = answer.above().get(0);
    return Html.of(
        "<span class=\"none\">none this small</span><span class=\"e\">{}</span><small>{}</small>",
        Rows.error(next.error()),
        "closest: %s, %s bits"
            .formatted(names.specs().get(next.spec()).shortName(), Rows.bits(next.bits())));
  }

  private static String curves(int n) {
    return Header.count(n, "curve", "curves");
  }
}
