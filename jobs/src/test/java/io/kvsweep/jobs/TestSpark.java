package io.kvsweep.jobs;

import io.kvsweep.jobs.cli.SessionFactory;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** One embedded session for all test classes of the JVM. */
public final class TestSpark {
  private static SparkSession session;

  private TestSpark() {}

  public static synchronized SparkSession session() {
    if (session == null) {
      session = SessionFactory.open("kvsweep tests", Optional.of("local[2]"), false).spark();
    }
    return session;
  }
}
