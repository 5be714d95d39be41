package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.page.Frontiers.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * Which method is best at a budget of effective bits, on each model: from the table {@code budgets}
 * (curves interpolated at the budget) and the frontier (what was measured). Over models a method is
 * within a budget only where it is on every model, and errors are geometric means of the models'
 * own, as in the table. A larger budget never has a worse answer: over models a curve ends where it
 * ends first on one of them, and what was best there still fits.
 */
final class Answers {
  /** Of the frontier above a budget that nothing reaches: the nearest, and what a bit more buys. */
  private static final int ABOVE = 2;

  private Answers() {}

  /** What is best: a configuration measured with fewer bits, a curve, or nothing this small. */
  enum Kind {
    MEASURED,
    CURVE,
    ABOVE
  }

  /** What an answer is about. */
  record Question(int model, int scope, String metric, String length, double budget) {}

  /**
   * The answer.
   *
   * @param curves those with the lowest interpolated error; several only if equal; none where no
   *     curve passes the budget
   * @param error theirs, or null
   * @param passing all curves that pass
   * @param below the best measured at or below the budget, or null
   * @param own its curve, or -1
   * @param above the next measured ones of the frontier, for where nothing is below
   * @param at bits that the error of the curves is of: the budget, or the end of a curve that
   *     counts there
   * @param carried whether curves, error and passing are of a smaller budget, as no larger one up
   *     to that of the question has a better answer
   */
  record Answer(
      Question question,
      List<Integer> curves,
      Double error,
      List<Integer> passing,
      Point below,
      int own,
      List<Point> above,
      double at,
      boolean carried) {
    /** Curves that the best is the best of: a measured one has beaten all but its own. */
    int compared() {
      return (int)
          passing.stream().filter(curve -> kind() != Kind.MEASURED || curve != own).count();
    }

    Kind kind() {
      // As the page holds them: at the end of a curve both are the same point.
      if (below != null && (error == null || Rows.data(below.error()) < Rows.data(error))) {
        return Kind.MEASURED;
      }
      return error != null ? Kind.CURVE : Kind.ABOVE;
    }

    /** Whether the error is that of an end of a curve, near the budget, and not interpolated. */
    boolean isAtEnd() {
      return !carried && kind() == Kind.CURVE && at != question.budget();
    }

    /** Of the answer's own method; null where nothing is this small. */
    private Double least() {
      return switch (kind()) {
        case MEASURED -> Rows.data(below.error());
        case CURVE -> Rows.data(error);
        case ABOVE -> null;
      };
    }

    /**
     * This one, or what was best at a smaller budget if that is better: then that of a curve, as
     * what was measured in fewer bits is below here too.
     *
     * @param smaller the answer there, or null
     */
    private Answer orThatOf(Answer smaller) {
      if (smaller == null
          || smaller.kind() != Kind.CURVE
          || (least() != null && least() <= smaller.least())) {
        return this;
      }
      return new Answer(
          question,
          smaller.curves,
          smaller.error,
          smaller.passing,
          below,
          own,
          above,
          smaller.at,
          true);
    }
  }

  /**
   * One for each scope, metric, length, model and size, where a method is complete.
   *
   * @param sizes rising
   * @param budgets rows of the table, at these sizes
   */
  static List<Answer> of(Names names, List<Double> sizes, List<Row> budgets, Frontiers frontiers) {
    Map<String, List<Row>> curves = new LinkedHashMap<>();
    for (Row row : budgets) {
      curves
          .computeIfAbsent(
              Frontiers.place(names, row) + "/" + Rows.number(row, "budget_bits"),
              k -> new ArrayList<>())
          .add(row);
    }
    List<Answer> answers = new ArrayList<>();
    for (int scope = 0; scope < names.scopes().size(); scope++) {
      for (SummaryMetric metric : SummaryMetric.values()) {
        for (PromptLength length : PromptLength.values()) {
          for (int model = 0; model < names.models().size(); model++) {
            String place = Frontiers.place(model, scope, metric.label(), length.label());
            List<Point> points = frontiers.at(place);
            Answer last = null;
            for (double size : points.isEmpty() ? List.<Double>of() : sizes) {
              last =
                  answer(
                          names,
                          new Question(model, scope, metric.label(), length.label(), size),
                          comparable(names, metric, curves.get(place + "/" + size)),
                          points)
                      .orThatOf(last);
              answers.add(last);
            }
          }
        }
      }
    }
    return answers;
  }

  private static Answer answer(
      Names names, Question question, List<Row> curves, List<Point> points) {
    List<Row> reaching = curves.stream().filter(row -> row.getAs("error") != null).toList();
    Double error =
        reaching.stream()
            .map(row -> Rows.number(row, "error"))
            .min(Comparator.naturalOrder())
            .orElse(null);
    List<Row> best =
        reaching.stream().filter(row -> Rows.number(row, "error").equals(error)).toList();
    Point below =
        points.stream()
            .filter(point -> point.bits() <= question.budget())
            .min(Comparator.comparingDouble(Point::error))
            .orElse(null);
    List<Point> above =
        points.stream()
            .filter(point -> point.bits() > question.budget())
            .sorted(Comparator.comparingDouble(Point::bits))
            .limit(ABOVE)
            .toList();
    return new Answer(
        question,
        best.stream().map(row -> names.curve(row.getAs("curve"))).toList(),
        error,
        reaching.stream().map(row -> names.curve(row.getAs("curve"))).toList(),
        below,
        below == null ? -1 : names.specs().get(below.spec()).curve(),
        above,
        best.stream()
            .map(row -> Rows.number(row, "at_bits"))
            .max(Comparator.comparingDouble(bits -> Math.abs(bits - question.budget())))
            .orElse(question.budget()),
        false);
  }

  private static List<Row> comparable(Names names, SummaryMetric metric, List<Row> curves) {
    return curves == null
        ? List.of()
        : curves.stream()
            .filter(
                row ->
                    Names.compares(
                        row.getAs("kind"),
                        names.curves().get(names.curve(row.getAs("curve"))).selector(),
                        metric))
            .toList();
  }
}
