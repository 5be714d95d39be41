package io.kvsweep.jobs.results;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.util.VersionInfo;
import org.apache.parquet.Version;

/** Versions of everything that can change a number. */
final class Versions {
  private Versions() {}

  static Map<String, String> current() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("kvsweep", CodeVersion.current());
    versions.put("java", System.getProperty("java.runtime.version"));
    versions.put("jvm", System.getProperty("java.vm.name"));
    versions.put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
    versions.put("hadoop", VersionInfo.getVersion());
    versions.put("parquet", Version.VERSION_NUMBER);
    return versions;
  }
}
