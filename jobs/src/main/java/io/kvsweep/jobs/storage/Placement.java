package io.kvsweep.jobs.storage;

import java.util.Set;
import org.apache.hadoop.fs.Path;

/** How a finished file gets its name, by kind of store. */
final class Placement {
  /**
   * Object stores that copy on rename, where an object appears only when its upload is complete:
   * there a direct write is the atomic one.
   */
  private static final Set<String> OBJECT_STORES =
      Set.of("s3", "s3a", "s3n", "gs", "oss", "cos", "cosn", "obs");

  private Placement() {}

  static boolean createIsAtomic(String scheme) {
    return OBJECT_STORES.contains(scheme);
  }

  static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }
}
