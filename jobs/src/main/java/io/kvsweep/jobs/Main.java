package io.kvsweep.jobs;

import io.kvsweep.jobs.cli.CommandLines;

/** Entry point of {@code kvsweep} and of spark-submit. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    int code = CommandLines.create().execute(args);
    // On a cluster, leaving by exit() counts as failure in some managers even with code 0.
    if (code != 0) {
      System.exit(code);
    }
  }
}
