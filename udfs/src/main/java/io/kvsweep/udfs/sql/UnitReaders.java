package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.udfs.measure.UnitReader;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Datasets that this JVM has open, of captures and of reconstructions, so that the tasks of a run
 * read the manifest once per executor. The next run opens it anew.
 */
public final class UnitReaders {
  private static final int KEPT = 16;

  private static final Map<String, UnitReader> OPEN =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, UnitReader> eldest) {
          return size() > KEPT;
        }
      };

  private UnitReaders() {}

  /** The reader of a dataset for a run. */
  public static UnitReader of(String dataset, String runId, Configuration conf) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(
          runId + " " + dataset, key -> new UnitReader(TensorReader.open(dataset, conf)));
    }
  }
}
