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

  private OpenArtefacts() {}

  static Artefact get(String path, String runId, Configuration conf) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(
          runId + " " + path, key -> Retries.STANDARD.run(() -> read(path, conf)));
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
