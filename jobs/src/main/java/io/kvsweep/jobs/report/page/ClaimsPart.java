package io.kvsweep.jobs.report.page;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** What papers claim, and the verdicts, where {@code kvsweep claims} judged them. */
final class ClaimsPart {
  private static final String UNKNOWN = "unknown";

  private ClaimsPart() {}

  static Html html(ReportData report) {
    String command = ShellCommand.of(List.of("./kvsweep", "claims", report.output()));
    if (report.claims().isEmpty()) {
      return Html.of(
          "<p>Not judged yet. <code>{}</code> holds what SVDq, AQUA-KV and DecoQuant claim against these results; then write"
              + " the report again.</p>",
          command);
    }
    HtmlTable table =
        new HtmlTable(
                "Claims of papers, held against these results; those that can be judged first")
            .texts("system", "claim", "claimed", "measured", "verdict", "on what, and the rule");
    for (Row row : claims(report)) {
      String verdict = row.getAs("verdict");
      table.row(
          List.of(
              row.<String>getAs("system"),
              row.<String>getAs("claim"),
              row.<String>getAs("claimed"),
              row.<String>getAs("measured"),
              Html.of("<span class=\"verdict {}\">{}</span>", style(verdict), verdict),
              Html.of(
                  "<details><summary>{}</summary><p>{}</p><p>{}</p></details>",
                  row.<String>getAs("source"),
                  row.<String>getAs("conditions"),
                  row.<String>getAs("rule"))));
    }
    Html html = Html.of("<div id=\"claims-table\">{}</div>", table.html());
    return report.claimsCurrent()
        ? html
        : Html.of(
            "<p class=\"note\">Judged before the last results were measured; <code>{}</code> judges again.</p>{}",
            command,
            html);
  }

  /** The same rows with all columns of the table. */
  static Object data(ReportData report) {
    List<Row> claims = claims(report);
    List<String> columns = List.of(claims.get(0).schema().fieldNames());
    return Map.of(
        "columns",
        columns,
        "rows",
        claims.stream()
            .map(row -> columns.stream().map(column -> value(row.getAs(column))).toList())
            .toList());
  }

  private static Object value(Object value) {
    return value instanceof Double number ? Rows.data(number) : value;
  }

  /**
   * Those that can be judged, then the others, each in the order of the table: what nobody can tell
   * here is not looked for.
   */
  private static List<Row> claims(ReportData report) {
    return report.claims().orElseThrow().stream()
        .sorted(Comparator.comparing(row -> style(row.getAs("verdict")).equals(UNKNOWN)))
        .toList();
  }

  /** A sign beside the colour is in the style sheet. */
  private static String style(String verdict) {
    return switch (verdict) {
      case "holds" -> "holds";
      case "does not hold" -> "fails";
      default -> UNKNOWN;
    };
  }
}
