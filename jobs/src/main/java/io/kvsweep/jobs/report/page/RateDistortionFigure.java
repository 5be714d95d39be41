package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.CurvePoint;
import io.kvsweep.jobs.report.CurveStyles;
import io.kvsweep.jobs.report.Frontier;
import io.kvsweep.jobs.report.RateDistortionChart;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The picture of a sweep: error of keys (of values, where no keys were measured) against measured
 * bits, on the model with the most measured rows, the first by name among equals. Models are not
 * averaged: their shapes, and so the bits of side information, differ. Methods with a selector are
 * left out: their error is of the tokens that they kept; and so are methods that lack rows which
 * another has.
 */
final class RateDistortionFigure {
  private static final SummaryMetric METRIC = SummaryMetric.NMSE;

  private RateDistortionFigure() {}

  /** The picture, unless nothing that can be compared was measured. */
  static Optional<RateDistortionChart.Picture> picture(ReportData report) {
    Names names = report.names();
    List<Summaries.Line> measured =
        report.lines().stream()
            .filter(line -> line.model() != names.overModels())
            .filter(line -> Summaries.compares(line.row(), METRIC))
            .toList();
    // Keys come first, and no seed is compared with another.
    return measured.stream()
        .min(
            Comparator.comparingInt(Summaries.Line::scope)
                .thenComparing(line -> line.count("n"), Comparator.reverseOrder())
                .thenComparing(Summaries.Line::model))
        .map(
            most ->
                picture(
                    report, most, measured.stream().filter(line -> isWith(line, most)).toList()));
  }

  private static boolean isWith(Summaries.Line line, Summaries.Line other) {
    return line.model() == other.model() && line.scope() == other.scope();
  }

  private static RateDistortionChart.Picture picture(
      ReportData report, Summaries.Line most, List<Summaries.Line> shown) {
    Names names = report.names();
    return RateDistortionChart.picture(
        names.models().get(most.model()) + ", " + names.scopes().get(most.scope()).noun(),
        "mean over %d prompts and %d layers%s%s"
            .formatted(
                most.count("n_prompts"),
                most.count("n_layers"),
                incomplete(report, most),
                names.specs().stream().anyMatch(Names.Spec::selector)
                    ? "; selectors, which drop tokens, are left out"
                    : ""),
        METRIC,
        points(names, shown),
        CurveStyles.of(names.drawn()));
  }

  private static String incomplete(ReportData report, Summaries.Line shown) {
    long configurations =
        report.lines().stream()
            .filter(line -> isWith(line, shown))
            .filter(line -> !Summaries.compares(line.row(), METRIC))
            .filter(line -> !report.names().specs().get(line.spec()).selector())
            .count();
    return configurations == 0
        ? ""
        : "; %s that lack some %s left out"
            .formatted(
                Header.count(configurations, "configuration", "configurations"),
                configurations == 1 ? "is" : "are");
  }

  private static List<CurvePoint> points(Names names, List<Summaries.Line> lines) {
    return Frontier.mark(
        lines.stream()
            .map(
                line -> {
                  Names.Spec spec = names.specs().get(line.spec());
                  return new CurvePoint(
                      names.curves().get(spec.curve()).shortName(),
                      spec.spec(),
                      Rows.number(line.row(), "nominal_bits"),
                      line.bits(PromptLength.CAPTURED),
                      line.error(METRIC),
                      false);
                })
            .toList());
  }
}
