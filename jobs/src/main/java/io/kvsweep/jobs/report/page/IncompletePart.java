package io.kvsweep.jobs.report.page;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Which methods do not compete, since they lack rows or an error that others have, or mix versions.
 */
final class IncompletePart {
  /** More than a reader wants; the table of all cells has the rest. */
  private static final int SHOWN = 20;

  private IncompletePart() {}

  static Html html(ReportData report) {
    Names names = report.names();
    List<Summaries.Line> lines =
        report.lines().stream()
            .filter(line -> line.model() != names.overModels())
            .filter(line -> !line.isComplete() || !report.lacking(line).isEmpty())
            .toList();
    if (lines.isEmpty()) {
      return Html.NONE;
    }
    List<Html> items =
        lines.stream()
            .limit(SHOWN)
            .map(
                line ->
                    Html.of(
                        "<li><code>{}</code> ({}) on {}: {}</li>",
                        names.specs().get(line.spec()).shortName(),
                        names.scopes().get(line.scope()).noun(),
                        names.models().get(line.model()),
                        lacks(report, line)))
            .toList();
    return Html.of(
        """
        <p class="how">Left out here, at equal bits and of the frontier, for lack of cells that another method measured, or as means of several versions of a method; where an error is named, by this error alone:</p>
        <ul class="plain">{}</ul>{}""",
        Html.join(items),
        lines.size() > SHOWN
            ? Html.of("<p class=\"how\">and {} more.</p>", lines.size() - SHOWN)
            : Html.NONE);
  }

  private static String lacks(ReportData report, Summaries.Line line) {
    if (!line.isComplete()) {
      return "%d of %d cells%s"
          .formatted(
              line.measured(),
              line.count("n_units"),
              line.count("n_versions") > 1
                  ? ", of %d versions".formatted(line.count("n_versions"))
                  : "");
    }
    return report.lacking(line).stream()
        .map(
            metric ->
                "%s in %d of %d cells"
                    .formatted(
                        metric.label(), line.count(metric.label() + "_n"), line.count("n_units")))
        .collect(Collectors.joining(", "));
  }
}
