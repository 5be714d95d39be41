package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.Reason;
import io.kvsweep.datasets.Retries;
import io.kvsweep.datasets.StoreUnavailableException;
import io.kvsweep.udfs.artefact.Artefact;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Artefacts that this JVM has read, so that the tasks of a run read each once per executor; the
 * least recently used are dropped. The next run reads anew.
 */
final class OpenArtefacts {
  private static final int KEPT = 4;

  private static final Map<String, Artefact> OPEN =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Artefact> eldest) {
          return size() > KEPT;
        }
      };

  /** For so long a store that did not answer is not asked again: each cell of a unit wants it. */
  private static final long FAILED_NANOS = 60_000_000_000L;

  /** Why the last one could not be opened, and when. */
  private static StoreUnavailableException failure;

  private static String failed = "";
  private static long failedAt;

  private OpenArtefacts() {}

  static Artefact get(String path, String runId, Configuration conf) {
    String name = runId + " " + path;
    synchronized (OPEN) {
      if (failed.equals(name) && System.nanoTime() - failedAt < FAILED_NANOS) {
        throw failure;
      }
      try {
        return OPEN.computeIfAbsent(name, key -> Retries.STANDARD.run(() -> read(path, conf)));
      } catch (StoreUnavailableException e) {
        failure = e;
        failed = name;
        failedAt = System.nanoTime();
        throw e;
      }
    }
  }

  private static Artefact read(String path, Configuration conf) {
    Path file = new Path(path);
    try (FSDataInputStream in = file.getFileSystem(conf).open(file)) {
      return Artefact.read(in.readAllBytes(), path);
    } catch (IOException e) {
      throw StoreUnavailableException.of(
          "%s: cannot read the artefact: %s; check the path and its permissions"
              .formatted(path, Reason.of(e)),
          e);
    }
  }
}
