package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.canonical.Dataset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Datasets of reconstructions that a sweep names, each opened once. */
final class ExternalDatasets {
  private final Configuration conf;
  private final Map<Path, Dataset> open = new HashMap<>();

  ExternalDatasets(Configuration conf) {
    this.conf = conf;
  }

  /**
   * The dataset at a path.
   *
   * @param folder what the path is relative to; empty for the working directory
   * @throws io.kvsweep.datasets.InvalidInputException if it is no dataset
   */
  Dataset open(String dir, Optional<String> folder) {
    Path path = folder.map(base -> new Path(base, dir)).orElseGet(() -> new Path(dir));
    return open.computeIfAbsent(path, root -> Dataset.open(root, conf));
  }
}
