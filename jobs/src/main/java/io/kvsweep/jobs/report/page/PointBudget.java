package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.List;

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

  /** Takes points that cannot be left out. */
  void take(long points) {
    free -= points;
  }

  /** Takes points if there is room for them. */
  boolean fits(long points) {
    if (points > free) {
      return false;
    }
    free -= points;
    return true;
  }

  /**
   * Notes what is not on the page.
   *
   * @param what a sentence
   * @param sql a query that shows it
   */
  void leaveOut(String what, String sql) {
    leftOut.add(what + " " + ShellCommand.of(List.of("./kvsweep", "query", output, sql)));
  }

  /** Sentences, each ended by a command. */
  List<String> leftOut() {
    return List.copyOf(leftOut);
  }
}
