package io.kvsweep.jobs.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;

/**
 * The runs that wrote the results, as their manifests say.
 *
 * @param byId oldest first
 */
record Runs(TreeMap<String, Run> byId) {
  /**
   * One run; unknown texts are empty.
   *
   * @param dataset as given to the run
   * @param finished empty of a run that was stopped or is under way
   */
  record Run(
      String id,
      String started,
      String finished,
      String dataset,
      String version,
      String platform,
      String kernels) {}

  /**
   * Reads them.
   *
   * @throws InvalidInputException naming a manifest that is none
   */
  static Runs read(ResultStore store) {
    TreeMap<String, Run> runs = new TreeMap<>();
    ObjectMapper mapper = new ObjectMapper();
    for (byte[] json : store.runs()) {
      try {
        Run run = run(mapper.readTree(json));
        runs.put(run.id(), run);
      } catch (IOException | IllegalArgumentException e) {
        throw new InvalidInputException(
            "a file in %s is no run manifest (%s); mend or delete it"
                .formatted(Storage.show(new Path(store.root(), "runs")), e.getMessage()),
            e);
      }
    }
    return new Runs(runs);
  }

  private static Run run(JsonNode json) {
    JsonNode id = json.path("run_id");
    if (!id.isTextual()) {
      throw new IllegalArgumentException("no run_id");
    }
    JsonNode versions = json.path("versions");
    return new Run(
        id.asText(),
        json.path("started").asText(""),
        json.path("finished").isNull() ? "" : json.path("finished").asText(""),
        dataset(json.path("config").path("dataset")),
        versions.path("kvsweep").asText(""),
        "Java %s, Spark %s, %s"
            .formatted(
                versions.path("java").asText("?"),
                versions.path("spark").asText("?"),
                json.path("host").path("os").asText("?")),
        json.path("kernels").asText(""));
  }

  private static String dataset(JsonNode path) {
    return path.isTextual() && !path.asText().isEmpty()
        ? Storage.show(new Path(path.asText()))
        : "";
  }

  /** Dataset of a run, or of the latest that names one; a word to replace where none does. */
  String dataset(String runId) {
    Run run = byId.get(runId);
    if (run != null && !run.dataset().isEmpty()) {
      return run.dataset();
    }
    return byId.descendingMap().values().stream()
        .map(Run::dataset)
        .filter(dataset -> !dataset.isEmpty())
        .findFirst()
        .orElse("DATASET");
  }

  /** What differs between runs, each once. */
  List<String> distinct(Function<Run, String> part) {
    List<String> found = new ArrayList<>();
    for (Run run : byId.values()) {
      String text = part.apply(run);
      if (!text.isEmpty() && !found.contains(text)) {
        found.add(text);
      }
    }
    return found;
  }
}
