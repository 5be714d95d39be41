package io.kvsweep.jobs.report.page;

import java.util.List;
import org.apache.spark.sql.Row;

/** What theory says of singular values, a row per layer: for readers without scripts. */
final class SpectraPart {
  private SpectraPart() {}

  static Html html(ReportData report) {
    if (report.spectra().isEmpty()) {
      return Html.of(
          "<p>No spectra: a sweep writes them beside its results for cells with an <code>svdq</code> codec.</p>");
    }
    HtmlTable table =
        new HtmlTable(
            "Singular values, in short",
            List.of(
                HtmlTable.Column.text("model"),
                HtmlTable.Column.text("tensor"),
                HtmlTable.Column.text("prompt"),
                HtmlTable.Column.number("layer"),
                HtmlTable.Column.number("head"),
                HtmlTable.Column.number("channels"),
                HtmlTable.Column.number("hold 99 %"),
                HtmlTable.Column.number("decay"),
                HtmlTable.Column.number("R\u00b2 of the fit")));
    for (Row row : report.spectra()) {
      table.row(
          List.of(
              row.<String>getAs("model"),
              row.<String>getAs("kind"),
              row.<String>getAs("prompt"),
              row.<Integer>getAs("layer"),
              row.getAs("head") == null ? "joined" : row.getAs("head"),
              row.<Integer>getAs("channels"),
              row.<Integer>getAs("channels_99"),
              Rows.error(Rows.number(row, "decay")),
              Rows.error(Rows.number(row, "decay_r2"))));
    }
    return table.html();
  }
}
