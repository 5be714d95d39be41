package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Row;

/** How many points a page still may hold, and what it therefore left out. */
final class PointBudget {
  /** More make a page slow and large. */
  static final int MOST = 20_000;

  private final String output;
  private final List<String> leftOut = new ArrayList<>();
  private long free = MOST;

  /**
   * @param output folder as the user gave it, for commands
   */
  PointBudget(String output) {
    this.output = output;
  }

  /**
   * Takes room for as many models, by name, as leave half of it to the rest.
   *
   * @param summary rows of the table of this name
   * @return their names, and that of the lines over models
   */
  Set<String> models(List<Row> summary) {
    TreeMap<String, Long> lines = new TreeMap<>();
    summary.forEach(row -> lines.merge(row.getAs("model"), 1L, Long::sum));
    TreeSet<String> shown = new TreeSet<>(List.of(GroupKey.ALL_MODELS));
    free -= lines.getOrDefault(GroupKey.ALL_MODELS, 0L);
    lines.remove(GroupKey.ALL_MODELS);
    for (Map.Entry<String, Long> model : lines.entrySet()) {
      if (free - model.getValue() >= MOST / 2) {
        free -= model.getValue();
        shown.add(model.getKey());
      }
    }
    int left = lines.size() - (shown.size() - 1);
    if (left > 0) {
      leaveOut(
          String.format(Locale.ROOT, "%,d of %,d models are", left, lines.size())
              + onThisPage()
              + " All are shown by:",
          "SELECT * FROM summary");
    }
    return shown;
  }

  /**
   * Takes points if there is room for them, and else notes that they are not on the page.
   *
   * @param what they are, as {@code "The 7 somethings are"}
   * @param sql a query that shows them
   */
  boolean fits(long points, String what, String sql) {
    if (points > free) {
      leaveOut(what + onThisPage() + " They are shown by:", sql);
      return false;
    }
    free -= points;
    return true;
  }

  private static String onThisPage() {
    return String.format(Locale.ROOT, " not on this page, which holds at most %,d points.", MOST);
  }

  /**
   * Notes what is not on the page.
   *
   * @param what a sentence
   * @param sql a query that shows it
   */
  private void leaveOut(String what, String sql) {
    leftOut.add(what + " " + ShellCommand.of(List.of("./kvsweep", "query", output, sql)));
  }

  /** A table of the output in SQL. */
  String table(String name) {
    return "parquet.`%s/tables/%s.parquet`".formatted(output, name);
  }

  /** Sentences, each ended by a command. */
  List<String> leftOut() {
    return List.copyOf(leftOut);
  }
}
