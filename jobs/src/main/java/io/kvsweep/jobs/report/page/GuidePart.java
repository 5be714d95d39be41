package io.kvsweep.jobs.report.page;

import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.List;

/** Definitions of the metrics, from {@link Metric}. */
final class GuidePart {
  private GuidePart() {}

  static Html html() {
    List<Html> groups = new ArrayList<>();
    for (Metric.Group group : Metric.Group.values()) {
      HtmlTable table =
          new HtmlTable(
                  group.note().isEmpty()
                      ? group.title()
                      : Html.of("{}. {}", group.title(), Html.code(group.note())))
              .texts("metric", "better", "unit", "formula", "meaning");
      for (Metric metric : Metric.values()) {
        if (metric.group() == group) {
          table.row(
              List.of(
                  Html.of("{}<br><code>{}</code>", metric.title(), metric.key()),
                  better(metric),
                  metric.unit(),
                  Html.of("<code class=\"formula\">{}</code>", metric.formula()),
                  Html.of("{}{}", Html.code(metric.meaning()), source(metric))));
        }
      }
      groups.add(Html.of("<div class=\"stack\">{}</div>", table.html()));
    }
    return Html.join(groups);
  }

  private static String better(Metric metric) {
    return switch (metric.direction()) {
      case LOWER -> "lower";
      case HIGHER -> "higher";
      case NONE -> "describes";
    };
  }

  /** Markdown's links as plain text: the page asks for nothing, and links nowhere. */
  private static String source(Metric metric) {
    String text = metric.citation().replaceAll("\\[([^]]*)]\\(([^)]*)\\)", "arXiv:$1");
    return text.isEmpty() ? "" : " Source: " + text + ".";
  }
}
