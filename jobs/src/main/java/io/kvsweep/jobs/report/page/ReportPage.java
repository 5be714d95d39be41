package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.EChartsSvg;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The whole page, one file: style, chart library, data and scripts are in it. */
final class ReportPage {
  private static final List<String> SCRIPTS =
      List.of(
          "format.js", "charts.js", "plots.js", "details.js", "tables.js", "answers.js", "app.js");

  private ReportPage() {}

  static String html(ReportData report, Figures.Pictures engine) {
    Map<String, Html> parts = new TreeMap<>();
    parts.put("title", Html.text(Header.title(report)));
    parts.put("output", Html.text(report.output()));
    parts.put("facts", Header.facts(report));
    parts.put("answer", AnswerPart.html(report));
    parts.put("incomplete", IncompletePart.html(report));
    parts.put("figures", new Figures(report, engine).html());
    parts.put("budgets", BudgetPart.html(report));
    parts.put("spectra", SpectraPart.html(report));
    parts.put("paired", Paired.html(report));
    parts.put("reference", Paired.reference(report));
    parts.put("claims", ClaimsPart.html(report));
    parts.put("missing", MissingPart.html(report));
    parts.put("cells", CellsPart.html(report));
    parts.put("methods", MethodsPart.html(report));
    parts.put("guide", GuidePart.html());
    parts.put("left_out", leftOut(report));
    parts.put("style", new Html(PageTemplate.resource("style.css")));
    parts.put("data", ScriptJson.of(new PageData(report).all()));
    parts.put("library", new Html(EChartsSvg.library()));
    parts.put("script", new Html(scripts()));
    return PageTemplate.fill(parts);
  }

  private static Html leftOut(ReportData report) {
    List<Html> notes = new ArrayList<>();
    for (String sentence : report.points().leftOut()) {
      notes.add(Html.of("<p class=\"note\">{}</p>", sentence));
    }
    return Html.join(notes);
  }

  private static String scripts() {
    StringBuilder all = new StringBuilder();
    SCRIPTS.forEach(name -> all.append(PageTemplate.resource(name)));
    return all.toString();
  }
}
