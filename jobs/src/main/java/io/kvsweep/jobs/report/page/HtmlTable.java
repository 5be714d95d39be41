package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.List;

/** A table of the page: texts to the left, numbers to the right, a cell for every column. */
final class HtmlTable {
  private final Html caption;
  private final List<Column> columns = new ArrayList<>();
  private final List<Html> rows = new ArrayList<>();

  private record Column(String title, boolean number, String hint) {}

  HtmlTable(Object caption) {
    this.caption = Html.of("{}", caption);
  }

  /** Adds columns of texts. */
  HtmlTable texts(String... titles) {
    for (String title : titles) {
      columns.add(new Column(title, false, ""));
    }
    return this;
  }

  /** Adds columns of numbers. */
  HtmlTable numbers(String... titles) {
    for (String title : titles) {
      number(title, "");
    }
    return this;
  }

  /**
   * Adds a column of numbers.
   *
   * @param hint what it is, shown when pointed at; may be empty
   */
  HtmlTable number(String title, String hint) {
    columns.add(new Column(title, true, hint));
    return this;
  }

  /**
   * Adds a row.
   *
   * @param cells one per column: markup, or text
   */
  HtmlTable row(List<?> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns".formatted(cells.size(), columns.size()));
    }
    List<Html> row = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      row.add(
          Html.of(
              columns.get(i).number() ? "<td class=\"n\">{}</td>" : "<td>{}</td>", cells.get(i)));
    }
    rows.add(Html.of("<tr>{}</tr>", Html.join(row)));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  Html html() {
    List<Html> heads =
        columns.stream()
            .map(
                column ->
                    Html.of(
                        column.number()
                            ? "<th scope=\"col\" class=\"n\" title=\"{}\">{}</th>"
                            : "<th scope=\"col\" title=\"{}\">{}</th>",
                        column.hint(),
                        column.title()))
            .toList();
    return Html.of(
        """
        <div class="scroll" tabindex="0"><table><caption>{}</caption>
        <thead><tr>{}</tr></thead>
        <tbody>
        {}
        </tbody></table></div>""",
        caption,
        Html.join(heads),
        Html.join(rows));
  }
}
