package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Judged;
import io.kvsweep.jobs.table.Column;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** The table of claims for files. */
final class ClaimsTable {
  private ClaimsTable() {}

  /** The columns of {@code claims.parquet} and {@code claims.csv}. */
  static List<Column<Judged>> columns() {
    return List.of(
        Column.ofString("system", j -> j.claim().system().label()),
        Column.ofString("source", j -> j.claim().source()),
        Column.ofString("claim", j -> j.claim().text()),
        Column.ofString("claimed", j -> j.claim().claimed()),
        Column.ofString("measured", j -> j.measured().text()),
        Column.ofDouble("value", j -> j.measured().value()),
        Column.ofDouble("low", j -> j.measured().low()),
        Column.ofDouble("high", j -> j.measured().high()),
        Column.ofString("interval_crosses", ClaimsTable::crosses),
        Column.ofInt("n", j -> j.measured().n()),
        Column.ofInt("n_prompts", j -> j.measured().prompts()),
        Column.ofInt("n_models", j -> j.measured().models()),
        Column.ofString("conditions", j -> j.measured().conditions()),
        Column.ofString("rule", j -> rule(j.claim())),
        Column.ofString("verdict", j -> j.verdict().label()));
  }

  private static String crosses(Judged row) {
    Boolean crosses = row.intervalCrosses();
    return crosses == null ? null : crosses ? "yes" : "no";
  }

  /** When a claim holds, for people. */
  static String rule(Claim claim) {
    return claim.rule() == null
        ? "none"
        : "holds if the number is %s: %s".formatted(claim.rule().text(), claim.rule().why());
  }

  /** The table as Markdown, UTF-8. */
  static byte[] markdown(List<Judged> rows) {
    StringBuilder out = new StringBuilder("# Claims\n\n");
    out.append(ClaimsText.count(rows)).append("\n\n");
    out.append("| system | claim | claimed | measured | verdict | source | conditions | rule |\n");
    out.append("|---|---|---|---|---|---|---|---|\n");
    for (Judged row : rows) {
      out.append(
          List.of(
                  row.claim().system().label(),
                  row.claim().text(),
                  row.claim().claimed(),
                  row.measured().text(),
                  "**" + row.verdict().label() + "**",
                  row.claim().source(),
                  row.measured().conditions(),
                  rule(row.claim()))
              .stream()
              .map(text -> text.replace("|", "\\|"))
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }
}
