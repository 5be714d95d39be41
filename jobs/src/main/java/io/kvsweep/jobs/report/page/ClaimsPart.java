package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
    List<Row> claims = new ArrayList<>(report.claims().get());
    // Within each half in the order of the table: what nobody can tell here is not looked for.
    claims.sort(Comparator.comparing(row -> style(row.getAs("verdict")).equals(UNKNOWN)));
    for (Row row : claims) {
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
    return report.claimsCurrent()
        ? table.html()
        : Html.of(
            "<p class=\"note\">Judged before the last results were measured; <code>{}</code> judges again.</p>{}",
            command,
            table.html());
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
