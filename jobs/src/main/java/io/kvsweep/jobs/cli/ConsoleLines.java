package io.kvsweep.jobs.cli;

import java.io.PrintWriter;

/** Lines of progress that are seen at once. */
final class ConsoleLines {
  private ConsoleLines() {}

  static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
