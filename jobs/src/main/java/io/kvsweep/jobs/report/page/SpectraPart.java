package io.kvsweep.jobs.report.page;

import java.util.List;
import org.apache.spark.sql.Row;

/** What theory says of singular values, a row per layer: for readers without scripts. */
final class SpectraPart {
  private SpectraPart() {}

  static Html html(ReportData report) {
    if (report.spectra().isEmpty()) {
      return Html.of("<p>{}</p>", Phrase.NO_SPECTRA.of());
    }
    HtmlTable table =
        new HtmlTable(Phrase.SPECTRA_TABLE.of())
            .texts("model", "tensor", "prompt")
            .numbers("layer", "head", "channels", "hold 99 %", "decay", "R\u00b2 of the fit");
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
