package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
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
        <p>Once the cause is mended, a sweep with <code>--retry-failed</code> measures these again, and nothing else:</p>
        <pre class="cmd" tabindex="0">{}</pre>""",
        table.html(),
        retry(report));
  }

  /** Commands that measure the cells that failed and no other. */
  private static String retry(ReportData report) {
    return report.retries().stream()
        .map(
            place ->
                Rerun.retry(place, report.runs().dataset(place.getAs("run_id")), report.output()))
        .collect(Collectors.joining("\n"));
  }

  /**
   * Methods that a kind or a model lacks though another has them, or that cover less than others
   * do.
   */
  private static Html notRun(ReportData report) {
    Names names = report.names();
    int models = names.models().size() - (names.overModels() < 0 ? 0 : 1);
    String of = models < report.counts().models().size() ? " (of the models on this page)" : "";
    TreeMap<Integer, TreeMap<Integer, Integer>> had = new TreeMap<>();
    for (Summaries.Line line : report.lines()) {
      if (line.model() != names.overModels()) {
        had.computeIfAbsent(line.scope(), k -> new TreeMap<>()).merge(line.spec(), 1, Integer::sum);
      }
    }
    TreeMap<String, Integer> full = new TreeMap<>(Summaries.fullCounts(report.lines()));
    List<Html> items = new ArrayList<>();
    had.forEach(
        (scope, specs) -> {
          List<String> absent = new ArrayList<>();
          for (int spec = 0; spec < names.specs().size(); spec++) {
            if (!specs.containsKey(spec)) {
              absent.add(names.specs().get(spec).shortName());
            }
          }
          if (!absent.isEmpty()) {
            items.add(
                Html.of(
                    "<li>{}: {} of {} methods not run: {}</li>",
                    names.scopes().get(scope).noun(),
                    absent.size(),
                    names.specs().size(),
                    Header.list(absent)));
          }
        });
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
      // A calibrated method is not run on the prompts that it was fitted on.
      int most =
          GroupKey.isCalibrated(names.specs().get(line.spec()).spec())
              ? line.count("n_units")
              : full.get(line.model() + "/" + line.scope());
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
        ? Html.of(
            "<p>Every method was run on the same tensors, models, prompts and layers{}.</p>", of)
        : Html.of(
            """
            <h3>Never run</h3>
            <p>Not failed, but not asked for{}: the same <code>./kvsweep sweep</code> command with more models, prompts, layers,
            kinds or methods adds them.</p>
            <ul class="plain">{}</ul>""",
            of,
            Html.join(items));
  }
}
