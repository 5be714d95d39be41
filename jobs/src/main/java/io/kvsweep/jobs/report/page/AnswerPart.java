package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.page.Answers.Answer;
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
              "<p class=\"how\">{}</p>",
              Phrase.SELECTORS_LEFT_OUT.of(
                  Header.count(selectors, "configuration", "configurations"))));
    }
    return Html.join(tables);
  }

  private static Html table(ReportData report, int scope) {
    Names names = report.names();
    List<Double> budgets = report.sizes();
    HtmlTable table =
        new HtmlTable(
                Phrase.BEST_TABLE.of(
                    report.firstMetric().metric().title(), names.scopes().get(scope).noun()))
            .texts("model");
    budgets.forEach(b -> table.texts(Rows.text(b) + " bits"));
    for (int model = 0; model < names.models().size(); model++) {
      List<Object> row = new ArrayList<>();
      row.add(names.models().get(model));
      for (double budget : budgets) {
        row.add(cell(report, model, scope, budget));
      }
      table.row(row);
    }
    return table.html();
  }

  private static Answer find(ReportData report, int model, int scope, double budget) {
    Answers.Question question =
        new Answers.Question(
            model, scope, report.firstMetric().label(), ReportData.FIRST_LENGTH.label(), budget);
    return report.answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElse(null);
  }

  private static Html cell(ReportData report, int model, int scope, double budget) {
    Names names = report.names();
    Answer answer = find(report, model, scope, budget);
    if (answer == null) {
      return Html.of("<span class=\"none\">{}</span>", whyNone(report, model, scope));
    }
    return switch (answer.kind()) {
      case MEASURED ->
          Html.of(
              "<b>{}</b><span class=\"e\">{}</span><small>{}</small>",
              names.specs().get(answer.below().spec()).shortName(),
              Rows.error(answer.below().error()),
              answer.compared() == 0
                  ? Phrase.MEASURED_AT.of(bits(names, model, answer.below()))
                  : Phrase.MEASURED_BEATS.of(
                      bits(names, model, answer.below()), curves(answer.compared())));
      case CURVE ->
          Html.of(
              "<b>{}</b><span class=\"e\">{}</span><small>{}</small>",
              answer.curves().stream()
                  .map(curve -> names.curves().get(curve).shortName())
                  .collect(Collectors.joining(" = ")),
              Rows.error(answer.error()),
              bestOf(names, answer));
      case ABOVE ->
          Html.of(
              "<span class=\"none\">{}</span><span class=\"e\">{}</span><small>{}</small>",
              Phrase.NONE_THIS_SMALL.of(),
              Rows.error(answer.above().get(0).error()),
              Phrase.CLOSEST.of(
                  names.specs().get(answer.above().get(0).spec()).shortName(),
                  bits(names, model, answer.above().get(0))));
    };
  }

  private static Object whyNone(ReportData report, int model, int scope) {
    int failed = report.allFailed(model, scope);
    if (failed > 0) {
      return Html.of(
          "<a href=\"#missing\">{}</a>",
          failed == 1
              ? Phrase.ONE_FAILED.of()
              : Phrase.ALL_FAILED.of(Header.count(failed, "cell", "cells")));
    }
    return (report.isMeasured(model, scope, report.firstMetric())
            ? Phrase.NONE_COMPLETE
            : Phrase.NOT_MEASURED)
        .of();
  }

  private static String bestOf(Names names, Answer answer) {
    String best = Phrase.BEST_OF.of(curves(answer.compared()));
    if (answer.isAtEnd()) {
      // Over models it is the end furthest off: on the others the bits are nearer to the budget.
      boolean over = answer.question().model() == names.overModels();
      return (over ? Phrase.ENDS_OF_BEST : Phrase.END_OF_BEST).of(Rows.bits(answer.at()), best);
    }
    return answer.carried() ? Phrase.AS_AT.of(Rows.text(answer.at()), best) : best;
  }

  /** Over models, the most that a method takes on one. */
  private static String bits(Names names, int model, Frontiers.Point point) {
    String bits = Rows.bits(point.bits());
    return model == names.overModels() ? Phrase.UP_TO.of(bits) : bits;
  }

  private static String curves(int n) {
    return Header.count(n, "curve", "curves");
  }
}
