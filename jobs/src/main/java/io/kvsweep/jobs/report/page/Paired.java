package io.kvsweep.jobs.report.page;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;

/** Each method against its reference on the same tensors. */
final class Paired {
  /** Columns of the table that the page holds, in the order of its data. */
  static final List<String> NUMBERS =
      List.of(
          "effective_bits",
          "reference_bits",
          "log_ratio",
          "log_ratio_low",
          "log_ratio_high",
          "ratio",
          "n_pairs",
          "n_prompts",
          "n_missing",
          "n_zero");

  private Paired() {}

  /** The rows, if the page has room for them. */
  static List<Row> few(List<Row> rows, PointBudget points) {
    return points.fits(
            rows.size(),
            String.format(Locale.ROOT, "The %,d paired differences are", rows.size()),
            "SELECT * FROM " + points.table("paired"))
        ? rows
        : List.of();
  }

  /** Whether the errors of both compare. */
  static boolean compares(Names names, Row row) {
    return Names.compares(
        row.getAs("kind"),
        names.specs().get(names.spec(row.getAs("method_spec"))).selector()
            || names.specs().get(names.spec(row.getAs("reference"))).selector(),
        PageData.metric(row));
  }

  /** What methods are compared with, in a sentence; nothing where none is. */
  static Html reference(ReportData report) {
    if (report.options().reference().isPresent()) {
      return Html.of(
          "The reference is <code>{}</code>, as asked of <code>kvsweep aggregate</code>.",
          report.options().reference().get());
    }
    Names names = report.names();
    List<String> families =
        report.paired().stream()
            .map(row -> names.specs().get(names.spec(row.getAs("reference"))).family())
            .distinct()
            .toList();
    return families.isEmpty()
        ? Html.NONE
        : Html.of(
            "The reference is the nearest in effective bits of {}{}.",
            String.join(", ", families),
            names.overModels() < 0
                ? ""
                : ", on each model by the bits there, over models by their mean");
  }

  /** For the first metric, over models where there are several, else of the model. */
  static Html html(ReportData report) {
    Names names = report.names();
    int model = names.overModels() >= 0 ? names.overModels() : report.firstModel();
    HtmlTable table =
        new HtmlTable(
                "%s against the reference, %s"
                    .formatted(report.firstMetric().metric().title(), names.models().get(model)))
            .texts("compressed", "method")
            .numbers("bits")
            .texts("reference")
            .numbers("bits", "error ratio")
            .texts("95 % interval")
            .numbers("pairs", "prompts");
    for (Row row : report.paired()) {
      if (names.model(row.getAs("model")) == model
          && row.<String>getAs("metric").equals(report.firstMetric().label())
          && compares(names, row)) {
        table.row(
            List.of(
                names.scopes().get(names.scope(row)).noun(),
                names.specs().get(names.spec(row.getAs("method_spec"))).shortName(),
                Rows.bits(Rows.number(row, "effective_bits")),
                names.specs().get(names.spec(row.getAs("reference"))).shortName(),
                Rows.bits(Rows.number(row, "reference_bits")),
                Rows.error(Rows.number(row, "ratio")),
                interval(row),
                row.<Integer>getAs("n_pairs"),
                row.<Integer>getAs("n_prompts")));
      }
    }
    return table.isEmpty()
        ? Html.of("<p class=\"none\">{}</p>", Phrase.NO_REFERENCE.of())
        : table.html();
  }

  private static String interval(Row row) {
    Double low = Rows.number(row, "log_ratio_low");
    Double high = Rows.number(row, "log_ratio_high");
    if (low == null || high == null) {
      return row.<Integer>getAs("n_pairs") == 0 ? Phrase.NO_PAIRS.of() : Phrase.ONE_PROMPT.of();
    }
    return Phrase.INTERVAL.of(Rows.error(StrictMath.exp(low)), Rows.error(StrictMath.exp(high)));
  }
}
