package io.kvsweep.jobs.report.page;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/** Rows that failed, by reason, and the commands that try again. */
final class FailedPart {
  /** Reasons that a reader looks at. */
  private static final int REASONS = 20;

  /** Methods that fit into a cell of the table. */
  private static final int METHODS = 4;

  private FailedPart() {}

  static Html html(ReportData report) {
    List<Row> failures = report.failures();
    if (failures.isEmpty()) {
      return Html.of("<p>No cell failed.</p>");
    }
    HtmlTable table =
        new HtmlTable("Failed cells, by reason")
            .numbers("cells")
            .texts("methods", "compressed", "where", "why");
    for (Row row : shown(report)) {
      table.row(
          List.of(
              String.format(Locale.ROOT, "%,d", row.<Long>getAs("n")),
              methods(report.names(), Rows.list(row, "methods")),
              compressed(report.names(), row),
              where(row),
              Html.of("{}<span class=\"why\">{}</span>", first(row), row.<String>getAs("error"))));
    }
    return Html.of(
        """
        <div id="failed-table">
        {}
        </div>
        {}
        <p>Once the cause is mended, a sweep with <code>--retry-failed</code> measures these again, and nothing else{}:</p>
        <pre class="cmd" tabindex="0">{}</pre>""",
        table.html(),
        rest(report, failures),
        Rerun.blanks(retry(report)),
        retry(report));
  }

  private static List<Row> shown(ReportData report) {
    return report.failures().stream().limit(REASONS).toList();
  }

  /** The same rows, with all methods and places. */
  static Object data(ReportData report) {
    return Map.of(
        "columns",
        List.of(
            "cells", "methods", "compressed", "models", "prompts", "layers", "messages", "error"),
        "rows",
        shown(report).stream()
            .map(
                row ->
                    List.of(
                        row.<Long>getAs("n"),
                        joined(Rows.list(row, "methods")),
                        joined(labels(report.names(), row)),
                        joined(Rows.list(row, "models")),
                        joined(Rows.list(row, "prompts")),
                        joined(Rows.list(row, "layers")),
                        row.<Long>getAs("messages"),
                        row.<String>getAs("error")))
            .toList());
  }

  private static String joined(List<?> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining("; "));
  }

  private static List<String> labels(Names names, Row row) {
    return Rows.<String>list(row, "kinds").stream()
        .map(kind -> names.scopes().get(names.scope(kind, row.<Long>getAs("seed"))).label())
        .toList();
  }

  private static String compressed(Names names, Row row) {
    return Rows.<String>list(row, "kinds").stream()
        .map(kind -> names.scopes().get(names.scope(kind, row.<Long>getAs("seed"))).noun())
        .collect(Collectors.joining(", "));
  }

  /** Where cells say the same of different places, one of them speaks. */
  private static Html first(Row row) {
    long messages = row.<Long>getAs("messages");
    return messages == 1
        ? Html.NONE
        : Html.of("<small>one of {} messages alike:</small> ", messages);
  }

  private static Html methods(Names names, List<String> specs) {
    List<Html> methods =
        specs.stream()
            .map(spec -> names.specs().get(names.spec(spec)))
            .map(spec -> Html.of("<code title=\"{}\">{}</code>", spec.spec(), spec.shortName()))
            .toList();
    if (methods.size() <= METHODS) {
      return Html.join(methods);
    }
    return Html.of(
        "{}\n<details><summary>and {} more</summary>{}</details>",
        Html.join(methods.subList(0, METHODS)),
        methods.size() - METHODS,
        Html.join(methods.subList(METHODS, methods.size())));
  }

  /**
   * The models, prompts and layers of these cells, of which not every combination need be there.
   */
  private static String where(Row row) {
    List<String> models = Rows.list(row, "models");
    List<String> prompts = Rows.list(row, "prompts");
    List<Integer> layers = Rows.list(row, "layers");
    long all =
        (long) Rows.list(row, "kinds").size()
            * Rows.list(row, "methods").size()
            * models.size()
            * prompts.size()
            * layers.size();
    return "%s; %s; layers %s%s"
        .formatted(
            Header.list(models),
            Header.list(prompts),
            Header.layers(layers),
            row.<Long>getAs("n") == all
                ? ""
                : String.format(
                    Locale.ROOT,
                    ": %s on %s, not all combinations",
                    Header.count(row.<Long>getAs("n"), "cell", "cells"),
                    Header.count(models.size(), "model", "models")));
  }

  private static Html rest(ReportData report, List<Row> failures) {
    if (failures.size() <= REASONS) {
      return Html.NONE;
    }
    List<Row> rest = failures.subList(REASONS, failures.size());
    return Html.of(
        "<p>And {} of {}. All are shown by: <code>{}</code></p>",
        Header.count(rest.size(), "reason", "reasons"),
        Header.count(rest.stream().mapToLong(row -> row.<Long>getAs("n")).sum(), "cell", "cells"),
        ShellCommand.of(
            List.of(
                "./kvsweep",
                "query",
                report.output(),
                "SELECT count(*) AS cells, error FROM results WHERE status <> 'measured'"
                    + " GROUP BY error ORDER BY cells DESC")));
  }

  /** Commands that measure the cells that failed and no other. */
  private static String retry(ReportData report) {
    return report.retries().stream()
        .map(
            place ->
                Rerun.retry(place, report.runs().dataset(place.getAs("run_id")), report.output()))
        .collect(Collectors.joining("\n"));
  }
}
