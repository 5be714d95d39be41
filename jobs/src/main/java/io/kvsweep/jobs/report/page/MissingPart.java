package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** Why a number is not there: rows that failed, by reason, and what was never run. */
final class MissingPart {
  private MissingPart() {}

  static Html html(ReportData report) {
    List<Html> parts = new ArrayList<>();
    if (report.failures().isEmpty()) {
      parts.add(Html.of("<p>No cell failed.</p>"));
    } else {
      parts.add(failures(report));
    }
    parts.add(notRun(report));
    return Html.join(parts);
  }

  private static Html failures(ReportData report) {
    HtmlTable table =
        new HtmlTable("Failed cells, by reason")
            .numbers("cells")
            .texts("method", "compressed", "where", "why");
    for (Row row : report.failures()) {
      Names.Spec spec = report.names().specs().get(report.names().spec(row.getAs("method_spec")));
      table.row(
          List.of(
              String.format(Locale.ROOT, "%,d", row.<Long>getAs("n")),
              Html.of("<code title=\"{}\">{}</code>", spec.spec(), spec.shortName()),
              report.names().scopes().get(report.names().scope(row)).noun(),
              "%s; %s; layers %s"
                  .formatted(
                      Header.list(Rows.list(row, "models")),
                      Header.list(Rows.list(row, "prompts")),
                      Header.layers(Rows.list(row, "layers"))),
              Html.of("<span class=\"why\">{}</span>", row.<String>getAs("error"))));
    }
    return Html.of(
        """
        {}
        <p>Once the cause is mended, the same sweep with <code>--retry-failed</code> measures these again:</p>
        <pre class="cmd" tabindex="0">{}</pre>""",
        table.html(),
        retry(report));
  }

  private static String retry(ReportData report) {
    List<String> words = new ArrayList<>(List.of("./kvsweep", "sweep", "--retry-failed"));
    String run = report.runs().byId().isEmpty() ? "" : report.runs().byId().lastKey();
    words.addAll(List.of("--dataset", report.runs().dataset(run), "--out", report.output()));
    words.add("--set");
    words.add(
        "methods="
            + ShellCommand.yamlList(
                report.failures().stream()
                    .map(row -> row.<String>getAs("method_spec"))
                    .distinct()
                    .toList()));
    words.add("--set");
    words.add(
        "kinds="
            + report.failures().stream()
                .map(row -> row.<String>getAs("kind"))
                .distinct()
                .toList()
                .toString()
                .replace(" ", ""));
    return ShellCommand.of(words);
  }

  /** Methods that a model lacks though another has them, or that cover less than others do. */
  private static Html notRun(ReportData report) {
    Names names = report.names();
    int models = Header.models(report).size();
    TreeMap<Integer, TreeMap<Integer, Integer>> had = new TreeMap<>();
    for (Summaries.Line line : report.lines()) {
      if (line.model() != names.overModels()) {
        had.computeIfAbsent(line.scope(), k -> new TreeMap<>()).merge(line.spec(), 1, Integer::sum);
      }
    }
    TreeMap<String, Integer> full = new TreeMap<>(Summaries.fullCounts(report.lines()));
    List<Html> items = new ArrayList<>();
    had.forEach(
        (scope, specs) ->
            specs.forEach(
                (spec, count) -> {
                  if (count < models) {
                    items.add(
                        Html.of(
                            "<li><code>{}</code> ({}): run on {} of {} models</li>",
                            names.specs().get(spec).shortName(),
                            names.scopes().get(scope).noun(),
                            count,
                            models));
                  }
                }));
    for (Summaries.Line line : report.lines()) {
      int most = full.get(line.model() + "/" + line.scope());
      if (line.model() != names.overModels() && line.count("n") < most) {
        items.add(
            Html.of(
                "<li><code>{}</code> ({}): on {} of {} layers of prompts of {}</li>",
                names.specs().get(line.spec()).shortName(),
                names.scopes().get(line.scope()).noun(),
                line.count("n"),
                most,
                names.models().get(line.model())));
      }
    }
    return items.isEmpty()
        ? Html.of("<p>Every method was run on the same models, prompts and layers.</p>")
        : Html.of(
            """
            <h3>Never run</h3>
            <p>Not failed, but not asked for: the same <code>./kvsweep sweep</code> command with more models, prompts, layers or
            methods adds them.</p>
            <ul class="plain">{}</ul>""",
            Html.join(items));
  }
}
