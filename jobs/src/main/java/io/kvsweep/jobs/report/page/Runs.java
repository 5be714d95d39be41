package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunManifest;
import io.kvsweep.jobs.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
   * @throws io.kvsweep.datasets.InvalidInputException naming a manifest that is none
   */
  static Runs read(ResultStore store) {
    TreeMap<String, Run> runs = new TreeMap<>();
    store.runs().forEach(manifest -> runs.put(manifest.runId(), run(manifest)));
    return new Runs(runs);
  }

  private static Run run(RunManifest manifest) {
    Map<String, String> versions = manifest.versions();
    return new Run(
        manifest.runId(),
        text(manifest.started()),
        text(manifest.finished()),
        manifest.config().get("dataset") instanceof String path && !path.isEmpty()
            ? Storage.show(new Path(path))
            : "",
        versions.getOrDefault("kvsweep", ""),
        "Java %s, Spark %s, %s"
            .formatted(
                versions.getOrDefault("java", "?"),
                versions.getOrDefault("spark", "?"),
                manifest.host().os()),
        text(manifest.kernels()));
  }

  private static String text(String orNull) {
    return orNull == null ? "" : orNull;
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
