package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.report.CurvePoint;
import io.kvsweep.jobs.report.CurveStyles;
import io.kvsweep.jobs.report.Frontier;
import io.kvsweep.jobs.report.RateDistortionChart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Rate-distortion pictures as SVG within the page: for readers without scripts. */
final class Figures {
  /** Pictures of a page; each is about 20 kB and some seconds of work. */
  private static final int MOST = 4;

  /** What turns chart options into SVG. */
  interface Pictures {
    String render(Map<String, ?> option, int width, int height);
  }

  private final ReportData report;
  private final Pictures engine;

  Figures(ReportData report, Pictures engine) {
    this.report = report;
    this.engine = engine;
  }

  /** One per scope and model, of the first metric. */
  Html html() {
    List<Html> figures = new ArrayList<>();
    int all = 0;
    for (int scope = 0; scope < report.names().scopes().size(); scope++) {
      for (int model = 0; model < report.names().models().size(); model++) {
        List<CurvePoint> points = points(model, scope);
        if (model != report.names().overModels() && !points.isEmpty()) {
          all++;
          if (figures.size() < MOST) {
            figures.add(figure(model, scope, points, figures.size()));
          }
        }
      }
    }
    if (all == 0) {
      return Html.of("<p class=\"none\">{}</p>", Phrase.NO_CURVE.of());
    }
    if (figures.size() < all) {
      figures.add(
          Html.of(
              "<p class=\"note\">Without scripts this page shows {} of {} pictures; all numbers are in {}/tables.</p>",
              figures.size(),
              all,
              report.output()));
    }
    return Html.join(figures);
  }

  private List<CurvePoint> points(int model, int scope) {
    List<CurvePoint> points = new ArrayList<>();
    for (Summaries.Line line : report.lines()) {
      Double bits = line.bits(PromptLength.CAPTURED);
      Double error = line.error(report.firstMetric());
      Names.Spec spec = report.names().specs().get(line.spec());
      if (line.model() == model
          && line.scope() == scope
          && line.compares(report.firstMetric())
          && bits != null
          && error != null
          && Names.compares(
              report.names().scopes().get(scope).kind(), spec.selector(), report.firstMetric())) {
        points.add(
            new CurvePoint(
                report.names().curves().get(spec.curve()).shortName(),
                spec.spec(),
                Rows.number(line.row(), "nominal_bits"),
                bits,
                error,
                false));
      }
    }
    return Frontier.mark(points);
  }

  /** As the frontier table leaves them out: they may have measured what is easy. */
  private String incomplete(int model, int scope) {
    long left =
        report.lines().stream()
            .filter(line -> line.model() == model && line.scope() == scope)
            .filter(line -> report.isCompared(line) && !line.compares(report.firstMetric()))
            .count();
    return left == 0
        ? ""
        : "; %s left out for lack of cells"
            .formatted(Header.count(left, "configuration", "configurations"));
  }

  private Html figure(int model, int scope, List<CurvePoint> points, int number) {
    RateDistortionChart.Picture picture =
        RateDistortionChart.picture(
            report.names().models().get(model) + ", " + report.names().scopes().get(scope).noun(),
            "mean over prompts and layers" + incomplete(model, scope),
            report.firstMetric(),
            points,
            CurveStyles.of(report.names().drawn()));
    String svg =
        engine
            .render(picture.option(), picture.width(), picture.height())
            // Names of styles and clips are of the whole page, and each picture begins anew.
            .replaceAll("\\bzr[0-9]+-", "figure" + number + "-")
            .replaceFirst(
                "<svg width=\"[0-9]+\" height=\"[0-9]+\"",
                "<svg viewBox=\"0 0 %d %d\"".formatted(picture.width(), picture.height()));
    // Markup of the chart engine, which escapes the texts that it draws.
    return new Html("<figure class=\"static\">" + svg + "</figure>");
  }
}
