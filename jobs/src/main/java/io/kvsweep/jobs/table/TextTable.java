package io.kvsweep.jobs.table;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** An aligned table for a terminal: texts to the left, numbers to the right. */
public final class TextTable {
  private static final String GAP = "  ";
  private static final double TINY = 1e-3;
  private static final double HUGE = 1e6;

  private final List<String> headers;
  private final IntPredicate isText;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headers all columns
   * @param textColumns how many of them, from the left, hold text
   */
  public TextTable(List<String> headers, int textColumns) {
    this(headers, column -> column < textColumns);
  }

  /**
   * @param headers all columns
   * @param isText which of them hold text
   */
  public TextTable(List<String> headers, IntPredicate isText) {
    this.headers = List.copyOf(headers);
    this.isText = isText;
  }

  /** Adds a row of as many cells as there are headers. */
  public TextTable row(List<String> cells) {
    if (cells.size() != headers.size()) {
      throw new IllegalArgumentException(
          "expected %d cells, got %d".formatted(headers.size(), cells.size()));
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  /** A number with four significant digits; a dash for null. */
  public static String number(Double value) {
    if (value == null) {
      return "-";
    }
    double magnitude = Math.abs(value);
    if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
      return value == 0 ? "0" : value.toString();
    }
    if (magnitude < TINY || magnitude >= HUGE) {
      return String.format(Locale.ROOT, "%.3e", value);
    }
    int whole = (int) Math.floor(Math.log10(magnitude)) + 1;
    return String.format(Locale.ROOT, "%." + Math.max(0, 4 - whole) + "f", value);
  }

  /** A number with a fixed count of decimals; a dash for null. */
  public static String number(Double value, int decimals) {
    return value == null ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** Header, rule and rows, each line ended; no trailing blanks. */
  @Override
  public String toString() {
    int[] widths = new int[headers.size()];
    for (int c = 0; c < widths.length; c++) {
      widths[c] = headers.get(c).length();
      for (List<String> row : rows) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    StringBuilder out = new StringBuilder();
    append(out, headers, widths);
    List<String> rule = new ArrayList<>();
    for (int width : widths) {
      rule.add(String.join("", Collections.nCopies(width, "-")));
    }
    append(out, rule, widths);
    rows.forEach(row -> append(out, row, widths));
    return out.toString();
  }

  private void append(StringBuilder out, List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String padding = " ".repeat(widths[c] - cells.get(c).length());
      line.append(c == 0 ? "" : GAP);
      line.append(isText.test(c) ? cells.get(c) + padding : padding + cells.get(c));
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }
}
