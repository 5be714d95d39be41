package io.kvsweep.jobs.report.page;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the methods of these results are, from the registry. */
final class MethodsPart {
  private MethodsPart() {}

  static Html html(ReportData report) {
    HtmlTable table =
        new HtmlTable("Methods of these results")
            .texts("method", "what it does", "fidelity", "how it differs from the paper", "paper");
    for (Method method : Methods.STANDARD.methods()) {
      Pattern stage = Pattern.compile("(^|\\| |key=|value=)" + method.name() + "(\\(| |$)");
      List<Summaries.Line> lines =
          report.lines().stream()
              .filter(line -> line.group() != null)
              .filter(line -> stage.matcher(report.names().specs().get(line.spec()).spec()).find())
              .toList();
      if (!lines.isEmpty()) {
        table.row(
            List.of(
                Html.of("<code>{}</code>", method.name()),
                method.summary(),
                fidelity(lines),
                Html.code(method.deviations()),
                method.papers().stream()
                    .map(MethodsPart::words)
                    .collect(Collectors.joining("; "))));
      }
    }
    return table.isEmpty()
        ? Html.of("<p class=\"none\">{}</p>", "None of them is known to this version.")
        : table.html();
  }

  /** Of the whole specification, which may have stages of several methods. */
  private static String fidelity(List<Summaries.Line> lines) {
    return lines.stream()
        .map(line -> line.group().<String>getAs("fidelity"))
        .filter(fidelity -> fidelity != null)
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String words(Paper paper) {
    return paper.title() + " (" + paper.shortly() + ")";
  }
}
