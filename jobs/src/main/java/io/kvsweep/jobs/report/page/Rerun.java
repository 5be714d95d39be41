package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;

/**
 * The command that measures one method on one model again, into a folder of its own. In three
 * pieces, because methods share the first and the last, and the page holds each once.
 */
record Rerun(String start, String method, String place) {
  /** Where its results go. */
  static final String OUT = "rerun";

  /**
   * The command.
   *
   * @param group row of {@link ResultDetails#groups}
   * @param dataset as given to the run that measured it
   */
  static Rerun of(Row group, String dataset) {
    List<String> start = new ArrayList<>(List.of("./kvsweep", "sweep"));
    start.addAll(List.of("--dataset", dataset, "--out", OUT));
    if (group.getAs("artefact_bytes") != null) {
      // Results do not name the folder of 'kvsweep calibrate'.
      start.addAll(List.of("--artefacts", "ARTEFACTS"));
    }
    List<String> place = new ArrayList<>();
    set(place, "models=" + ShellCommand.yamlList(List.of(group.<String>getAs("model"))));
    set(place, "prompts=" + ShellCommand.yamlList(Rows.list(group, "prompts")));
    set(place, "layers=" + Rows.<Integer>list(group, "layers").toString().replace(" ", ""));
    set(place, "kinds=[" + group.<String>getAs("kind") + "]");
    long seed = group.<Long>getAs("seed");
    if (seed != 1) {
      set(place, "seed=" + seed);
    }
    List<String> method = new ArrayList<>();
    set(method, "methods=" + ShellCommand.yamlList(List.of(group.<String>getAs("method_spec"))));
    return new Rerun(ShellCommand.of(start), ShellCommand.of(method), ShellCommand.of(place));
  }

  private static void set(List<String> words, String assignment) {
    words.add("--set");
    words.add(assignment);
  }

  @Override
  public String toString() {
    return start + " " + method + " " + place;
  }
}
