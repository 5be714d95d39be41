package io.kvsweep.udfs.result;

/** The part of {@code docs/metrics.md} that is written from {@link Metric}. */
final class MetricsPage {
  static final String BEGIN =
      "<!-- From io.kvsweep.udfs.result.Metric; MetricTest says how to write it anew. -->\n";
  static final String END = "<!-- End of what is written from Metric. -->\n";

  private MetricsPage() {}

  static String generated() {
    StringBuilder out = new StringBuilder();
    for (Metric.Group group : Metric.Group.values()) {
      out.append("\n## ").append(group.title()).append("\n\n");
      if (!group.note().isEmpty()) {
        out.append(group.note()).append("\n\n");
      }
      out.append("| column | name | unit | better | ideal | formula | notes |\n");
      out.append("|---|---|---|---|---|---|---|\n");
      for (Metric metric : Metric.values()) {
        if (metric.group() == group) {
          out.append(line(metric));
        }
      }
    }
    return out.append('\n').toString();
  }

  private static String line(Metric metric) {
    String better =
        switch (metric.direction()) {
          case LOWER -> "lower";
          case HIGHER -> "higher";
          case NONE -> "-";
        };
    String ideal = metric.ideal() == null ? "-" : String.valueOf(metric.ideal().intValue());
    String source = metric.citation().isEmpty() ? "" : " Source: " + metric.citation() + ".";
    return "| `%s` | %s | %s | %s | %s | `%s` | %s |\n"
        .formatted(
            metric.key(),
            metric.title(),
            metric.unit(),
            better,
            ideal,
            metric.formula().replace("|", "\\|"),
            metric.meaning() + source);
  }

  /** The page with its generated part replaced. */
  static String of(String page) {
    int from = page.indexOf(BEGIN);
    int to = page.indexOf(END);
    if (from < 0 || to < from) {
      throw new IllegalStateException("docs/metrics.md lacks its two marker lines");
    }
    return page.substring(0, from + BEGIN.length()) + generated() + page.substring(to);
  }
}
