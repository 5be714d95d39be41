package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was run: the facts at the top of the page. */
final class Header {
  /** Names that fit into a line. */
  private static final int LISTED = 6;

  private Header() {}

  /** In words, such as {@code 12 configurations of 4 methods on 3 models}. */
  static String title(ReportData report) {
    return "%s of %s on %s"
        .formatted(
            count(report.names().specs().size(), "configuration", "configurations"),
            count(report.names().families().size(), "method", "methods"),
            count(report.counts().models().size(), "model", "models"));
  }

  static Html facts(ReportData report) {
    Counts counts = report.counts();
    long rows = counts.cells();
    long failed = counts.failed();
    List<Html> facts = new ArrayList<>();
    fact(facts, "models", list(counts.models()));
    fact(facts, "prompts", list(counts.prompts()) + tokens(counts));
    fact(facts, "layers", layers(counts.layers()));
    fact(facts, "tensors", list(report.names().scopes().stream().map(Names.Scope::noun).toList()));
    fact(
        facts,
        "measured",
        String.format(
            Locale.ROOT,
            "%,d of %,d cells (a configuration on a layer of a prompt)",
            rows - failed,
            rows));
    facts.add(
        failed == 0
            ? Html.of("<div><dt>failed</dt><dd>none</dd></div>")
            : Html.of(
                "<div><dt>failed</dt><dd><a class=\"bad\" href=\"#missing\">{}</a></dd></div>",
                String.format(Locale.ROOT, "%,d: why", failed)));
    List<String> days = report.runs().distinct(run -> time(run.started()));
    if (!days.isEmpty()) {
      String last = days.get(days.size() - 1);
      fact(facts, "run", days.size() == 1 ? last : days.get(0) + " to " + last);
    }
    fact(facts, "kvsweep", list(report.runs().distinct(Runs.Run::version)));
    fact(facts, "kernels", list(report.runs().distinct(Runs.Run::kernels)));
    fact(facts, "on", list(report.runs().distinct(Runs.Run::platform)));
    return Html.join(facts);
  }

  private static void fact(List<Html> facts, String name, String value) {
    if (!value.isEmpty()) {
      facts.add(Html.of("<div><dt>{}</dt><dd>{}</dd></div>", name, value));
    }
  }

  static String count(long n, String one, String several) {
    return String.format(Locale.ROOT, "%,d %s", n, n == 1 ? one : several);
  }

  /** Some names, and how many more. */
  static String list(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
    return names.size() <= LISTED
        ? shown
        : String.format(Locale.ROOT, "%s and %,d more", shown, names.size() - LISTED);
  }

  /** Numbers with runs as ranges, such as {@code 0-5, 8}. */
  static String layers(List<Integer> sorted) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < sorted.size(); ) {
      int end = i;
      while (end + 1 < sorted.size() && sorted.get(end + 1) == sorted.get(end) + 1) {
        end++;
      }
      parts.add(end == i ? "" + sorted.get(i) : sorted.get(i) + "\u2013" + sorted.get(end));
      i = end + 1;
    }
    return String.join(", ", parts);
  }

  private static String tokens(Counts counts) {
    Integer least = counts.leastTokens();
    Integer most = counts.mostTokens();
    if (least == null) {
      return "";
    }
    return least.equals(most)
        ? String.format(Locale.ROOT, " (%,d tokens)", least)
        : String.format(Locale.ROOT, " (%,d to %,d tokens)", least, most);
  }

  private static String time(String iso) {
    return iso.length() < 16 ? iso : iso.substring(0, 10) + " " + iso.substring(11, 16) + " UTC";
  }
}
