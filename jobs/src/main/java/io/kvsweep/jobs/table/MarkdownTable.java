package io.kvsweep.jobs.table;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table in GitHub's Markdown, for people: numbers with four significant digits whatever the
 * locale, a dash for null, what Markdown would read as its own escaped.
 */
public final class MarkdownTable {
  /** All that can start something within a cell; underscores within words cannot. */
  private static final String SPECIAL = "\\|*`<[&~";

  private MarkdownTable() {}

  /**
   * Writes the rows in their order.
   *
   * @param title heading above the table
   */
  public static <R> byte[] write(String title, List<Column<R>> columns, List<R> rows) {
    StringBuilder out = new StringBuilder("# ").append(escaped(title)).append("\n\n");
    out.append(line(columns.stream().map(column -> escaped(column.name())).toList()));
    out.append(line(columns.stream().map(column -> rule(column.type())).toList()));
    for (R row : rows) {
      out.append(line(columns.stream().map(column -> cell(column, row)).toList()));
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String rule(Column.Type type) {
    return type == Column.Type.STRING ? "---" : "---:";
  }

  private static <R> String cell(Column<R> column, R row) {
    Object value = column.value().apply(row);
    if (value == null) {
      return "-";
    }
    return value instanceof Double number ? TextTable.number(number) : escaped(value.toString());
  }

  static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r') {
        out.append(' '); // a cell is one line
      } else {
        out.append(SPECIAL.indexOf(c) < 0 ? "" : "\\").append(c);
      }
    }
    return out.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
