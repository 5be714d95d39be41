package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
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

  private static final String EXTERNAL = "external(";
  private static final String DIR = "dir=DATASET,";
  private static final String ARTEFACTS = "ARTEFACTS";

  /**
   * The command.
   *
   * @param group row of {@link ResultDetails#groups}
   * @param dataset as given to the run that measured it
   */
  static Rerun of(Row group, String dataset) {
    List<String> methods = List.of(group.<String>getAs("method_spec"));
    return new Rerun(
        ShellCommand.of(start(List.of(), dataset, OUT, methods)),
        ShellCommand.of(methods(methods)),
        ShellCommand.of(place(group, List.of(group.<String>getAs("kind")))));
  }

  /**
   * The command that tries failed cells again, where they are.
   *
   * @param place row of {@link ResultDetails#retries}
   * @param dataset as given to the run in which they failed
   * @param output folder as the user gave it
   */
  static String retry(Row place, String dataset, String output) {
    List<String> methods = Rows.list(place, "methods");
    List<String> words = start(List.of("--retry-failed"), dataset, output, methods);
    words.addAll(methods(methods));
    words.addAll(place(place, Rows.list(place, "kinds")));
    return ShellCommand.of(words);
  }

  private static List<String> start(
      List<String> options, String dataset, String output, List<String> methods) {
    List<String> words = new ArrayList<>(List.of("./kvsweep", "sweep"));
    words.addAll(options);
    words.addAll(List.of("--dataset", dataset, "--out", output));
    if (methods.stream().anyMatch(GroupKey::isCalibrated)) {
      // Results do not name the folder of 'kvsweep calibrate'.
      words.addAll(List.of("--artefacts", ARTEFACTS));
    }
    return words;
  }

  private static List<String> methods(List<String> specs) {
    return set("methods=" + ShellCommand.yamlList(specs.stream().map(Rerun::runnable).toList()));
  }

  /** Paths are in no row; an external method, which stands alone, cannot do without its own. */
  private static String runnable(String spec) {
    return spec.startsWith(EXTERNAL) ? EXTERNAL + DIR + spec.substring(EXTERNAL.length()) : spec;
  }

  private static List<String> place(Row row, List<String> kinds) {
    List<String> words = new ArrayList<>();
    words.addAll(set("models=" + ShellCommand.yamlList(List.of(row.<String>getAs("model")))));
    words.addAll(set("prompts=" + ShellCommand.yamlList(Rows.list(row, "prompts"))));
    words.addAll(set("layers=" + Rows.<Integer>list(row, "layers").toString().replace(" ", "")));
    words.addAll(set("kinds=" + kinds.toString().replace(" ", "")));
    long seed = row.<Long>getAs("seed");
    if (seed != 1) {
      words.addAll(set("seed=" + seed));
    }
    return words;
  }

  /** What a reader must put into a command, as a tail of a sentence; nothing for most. */
  static String blanks(String commands) {
    return (commands.contains(EXTERNAL + DIR) ? Phrase.BLANK_DATASET.of() : "")
        + (commands.contains(" " + ARTEFACTS + " ") ? Phrase.BLANK_ARTEFACTS.of() : "");
  }

  private static List<String> set(String assignment) {
    return List.of("--set", assignment);
  }

  @Override
  public String toString() {
    return start + " " + method + " " + place;
  }
}
