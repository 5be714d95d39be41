package io.kvsweep.jobs.report;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.Summary;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.aggregate.SummaryTable;
import io.kvsweep.jobs.table.CurveName;
import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.udfs.measure.CellKind;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The picture of a sweep: error of keys (of values, where no keys were measured) against measured
 * bits, on the model with the most measured rows, the first by name among equals. Models are not
 * averaged: their shapes, and so the bits of side information, differ. Methods with a selector are
 * left out: their error is of the tokens that they kept; and so are methods that lack rows which
 * another has.
 */
public final class RateDistortionFigure {

  private RateDistortionFigure() {}

  /**
   * The chart of a summary, as SVG.
   *
   * @throws InvalidInputException if nothing was measured
   */
  public static String svg(SummaryTable summary, EChartsSvg engine) {
    RateDistortionChart.Picture picture = picture(summary);
    return engine.render(picture.option(), picture.width(), picture.height());
  }

  static RateDistortionChart.Picture picture(SummaryTable summary) {
    List<Summary> measured =
        summary.lines().stream()
            .filter(line -> !line.key().model().equals(GroupKey.ALL_MODELS))
            .filter(line -> line.compares(SummaryMetric.NMSE))
            .toList();
    String kind =
        measured.stream()
            .map(line -> line.key().kind())
            .min(Comparator.comparing(CellKind::of))
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "nothing was measured without a selector on all layers that any method measured, so there is nothing to draw: see the failed rows"));
    Summary model =
        measured.stream()
            .filter(line -> line.key().kind().equals(kind))
            .max(
                Comparator.comparingInt(Summary::rows)
                    .thenComparing(line -> line.key().model(), Comparator.reverseOrder()))
            .orElseThrow();
    List<Summary> shown =
        measured.stream()
            .filter(line -> line.key().kind().equals(kind))
            .filter(line -> line.key().model().equals(model.key().model()))
            .toList();
    return RateDistortionChart.picture(
        model.key().model() + ", " + kind + "s",
        "mean over %d prompts and %d layers%s%s"
            .formatted(
                model.prompts(),
                model.layers(),
                incomplete(summary, model.key()),
                selectors(summary) ? "; selectors, which drop tokens, are left out" : ""),
        SummaryMetric.NMSE,
        points(shown),
        styles(summary));
  }

  private static String incomplete(SummaryTable summary, GroupKey shown) {
    long configurations =
        Stream.concat(summary.incomplete().stream(), summary.lacking(SummaryMetric.NMSE).stream())
            .filter(line -> line.key().model().equals(shown.model()))
            .filter(line -> line.key().kind().equals(shown.kind()))
            .count();
    return configurations == 0
        ? ""
        : "; %d configurations that lack some are left out".formatted(configurations);
  }

  private static boolean selectors(SummaryTable summary) {
    return summary.lines().stream().anyMatch(line -> line.key().hasSelector());
  }

  /** Of all that was measured, as in the report. */
  private static Map<String, CurveStyle> styles(SummaryTable summary) {
    return CurveStyles.of(
        summary.lines().stream()
            .map(Summary::key)
            .map(key -> new CurveStyles.Curve(name(key.methodSpec()), key.family()))
            .toList());
  }

  private static String name(String methodSpec) {
    return ShortSpec.STANDARD.curve(CurveName.of(methodSpec));
  }

  private static List<CurvePoint> points(List<Summary> lines) {
    return Frontier.mark(
        lines.stream()
            .map(
                line ->
                    new CurvePoint(
                        name(line.key().methodSpec()),
                        line.key().methodSpec(),
                        line.nominalBits(),
                        line.capturedBits(),
                        line.metric(SummaryMetric.NMSE).mean(),
                        false))
            .toList());
  }
}
