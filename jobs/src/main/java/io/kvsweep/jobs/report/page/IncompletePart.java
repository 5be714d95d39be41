package io.kvsweep.jobs.report.page;

import java.util.List;

/** Which methods do not compete, since they lack rows that others have, or mix versions. */
final class IncompletePart {
  /** More than a reader wants; the table of all cells has the rest. */
  private static final int SHOWN = 20;

  private IncompletePart() {}

  static Html html(ReportData report) {
    Names names = report.names();
    List<Summaries.Line> lines =
        report.lines().stream()
            .filter(line -> line.model() != names.overModels())
            .filter(line -> !line.isComplete())
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
                        "<li><code>{}</code> ({}) on {}: {} of {} cells{}</li>",
                        names.specs().get(line.spec()).shortName(),
                        names.scopes().get(line.scope()).noun(),
                        names.models().get(line.model()),
                        line.measured(),
                        line.count("n_units"),
                        line.count("n_versions") > 1
                            ? ", of %d versions".formatted(line.count("n_versions"))
                            : ""))
            .toList();
    return Html.of(
        """
        <p class="how">Left out here, at equal bits and of the frontier, for lack of cells that another method measured, or as means of several versions of a method:</p>
        <ul class="plain">{}</ul>{}""",
        Html.join(items),
        lines.size() > SHOWN
            ? Html.of("<p class=\"how\">and {} more.</p>", lines.size() - SHOWN)
            : Html.NONE);
  }
}
