package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Judged;
import io.kvsweep.jobs.table.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The table of claims for a terminal of 110 columns. */
final class ClaimsText {
  private static final int[] WIDTHS = {19, 42, 16, 27};

  private ClaimsText() {}

  static String of(List<Judged> rows) {
    StringBuilder out = new StringBuilder();
    for (Claim.System system : Claim.System.values()) {
      List<Judged> ofSystem = rows.stream().filter(row -> row.claim().system() == system).toList();
      if (ofSystem.isEmpty()) {
        continue;
      }
      out.append(system.label()).append('\n');
      TextTable table = new TextTable(List.of("verdict", "claim", "claimed", "measured"), 4);
      ofSystem.forEach(row -> lines(row).forEach(table::row));
      out.append(table).append('\n');
    }
    return out.append(count(rows)).append('\n').toString();
  }

  /** How many of each verdict. */
  static String count(List<Judged> rows) {
    return "%d claims: %s"
        .formatted(
            rows.size(),
            Arrays.stream(Verdict.values())
                .map(
                    verdict ->
                        rows.stream().filter(row -> row.verdict() == verdict).count()
                            + " "
                            + verdict.label())
                .collect(Collectors.joining(", ")));
  }

  /** A row of the table takes several lines. */
  private static List<List<String>> lines(Judged row) {
    // What is missing stands where the number would.
    String measured =
        row.measured().value() == null ? row.measured().conditions() : row.measured().text();
    List<String> texts =
        List.of(
            row.verdict().label(),
            row.claim().text() + " (" + row.claim().source() + ")",
            row.claim().claimed(),
            measured);
    List<List<String>> cells = new ArrayList<>();
    for (int c = 0; c < WIDTHS.length; c++) {
      cells.add(wrap(texts.get(c), WIDTHS[c]));
    }
    int height = cells.stream().mapToInt(List::size).max().orElse(0);
    List<List<String>> lines = new ArrayList<>();
    for (int i = 0; i < height; i++) {
      int line = i;
      lines.add(cells.stream().map(cell -> line < cell.size() ? cell.get(line) : "").toList());
    }
    return lines;
  }

  /** Breaks at blanks; a word that is too long has a line for itself. */
  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
