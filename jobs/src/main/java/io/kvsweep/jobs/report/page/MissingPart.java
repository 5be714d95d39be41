package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Why a number is not there: rows that failed, by reason, and what was never run. */
final class MissingPart {
  private MissingPart() {}

  static Html html(ReportData report) {
    return Html.join(List.of(FailedPart.html(report), notRun(report)));
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
              ? line.count("n")
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
