package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.SummaryMetric;
import java.util.ArrayList;
import java.util.List;

/** Every configuration on every model: the table for readers without scripts. */
final class CellsPart {
  /** Rows that a page without scripts shows; the script draws a model at a time. */
  private static final int MOST = 600;

  private CellsPart() {}

  static Html html(ReportData report) {
    Names names = report.names();
    List<Html> parts = new ArrayList<>();
    int shown = 0;
    for (int scope = 0; scope < names.scopes().size(); scope++) {
      for (int model = 0; model < names.models().size(); model++) {
        List<Summaries.Line> lines = new ArrayList<>();
        for (Summaries.Line line : report.lines()) {
          if (line.scope() == scope && line.model() == model) {
            lines.add(line);
          }
        }
        if (!lines.isEmpty() && shown + lines.size() <= MOST) {
          shown += lines.size();
          parts.add(table(names, lines));
        }
      }
    }
    if (shown < report.lines().size()) {
      parts.add(
          Html.of(
              "<p class=\"note\">Without scripts this page shows {} of {} lines; {}/tables/summary.csv has all.</p>",
              shown,
              report.lines().size(),
              report.output()));
    }
    return Html.join(parts);
  }

  private static Html table(Names names, List<Summaries.Line> lines) {
    Summaries.Line first = lines.get(0);
    HtmlTable table =
        new HtmlTable(
                names.models().get(first.model()) + ", " + names.scopes().get(first.scope()).noun())
            .texts("method")
            .numbers("effective bits", "nominal", "ratio");
    for (SummaryMetric metric : SummaryMetric.values()) {
      table.number(metric.label(), metric.metric().title());
    }
    table.numbers("cells", "failed");
    for (Summaries.Line line : lines) {
      List<Object> row = new ArrayList<>();
      Names.Spec spec = names.specs().get(line.spec());
      row.add(Html.of("<code title=\"{}\">{}</code>", spec.spec(), spec.shortName()));
      row.add(Rows.bits(Rows.number(line.row(), "effective_bits")));
      row.add(Rows.text(Rows.number(line.row(), "nominal_bits")));
      row.add(ratio(Rows.number(line.row(), "compression_ratio")));
      for (SummaryMetric metric : SummaryMetric.values()) {
        row.add(Rows.error(line.error(metric)));
      }
      row.add(line.count("n"));
      row.add(line.count("failed"));
      table.row(row);
    }
    return table.html();
  }

  static String ratio(Double value) {
    return value == null ? "\u2013" : Rows.fixed(value) + "\u00d7";
  }
}
