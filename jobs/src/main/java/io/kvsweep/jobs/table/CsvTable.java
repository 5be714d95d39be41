package io.kvsweep.jobs.table;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table as CSV: UTF-8, header line, fields quoted as RFC 4180 says where they need it, lines
 * ended by a line feed. Doubles have all their digits whatever the locale; null is an empty field.
 */
public final class CsvTable {
  private CsvTable() {}

  /** Writes the rows in their order. */
  public static <R> byte[] write(List<Column<R>> columns, List<R> rows) {
    StringBuilder out = new StringBuilder();
    out.append(line(columns.stream().map(Column::name).toList()));
    for (R row : rows) {
      out.append(
          line(
              columns.stream()
                  .map(column -> column.value().apply(row))
                  .map(value -> value == null ? "" : value.toString())
                  .toList()));
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** One line, ended. */
  public static String line(List<String> fields) {
    return fields.stream().map(CsvTable::quoted).collect(Collectors.joining(",", "", "\n"));
  }

  static String quoted(String field) {
    boolean needed = field.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return needed ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }
}
