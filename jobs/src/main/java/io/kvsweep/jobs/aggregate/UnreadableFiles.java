package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.DamagedFile;
import java.util.concurrent.Callable;
import org.apache.spark.SparkThrowable;

/** Turns Spark's failure to read a file into a message that names the file and the remedy. */
public final class UnreadableFiles {
  private static final String CONDITION = "FAILED_READ_FILE";

  private UnreadableFiles() {}

  /**
   * Runs a query.
   *
   * @throws InvalidInputException naming a result file that cannot be read
   */
  public static <T> T named(Callable<T> query) {
    try {
      return query.call();
    } catch (RuntimeException e) {
      throw translated(e, e);
    } catch (Exception e) {
      // Spark throws checked exceptions that its Scala methods do not declare.
      throw translated(e, new IllegalStateException("Spark failed", e));
    }
  }

  private static RuntimeException translated(Throwable thrown, RuntimeException otherwise) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SparkThrowable spark
          && spark.getCondition() != null
          && spark.getCondition().startsWith(CONDITION)) {
        String path = spark.getMessageParameters().getOrDefault("path", "a file in results/");
        return DamagedFile.of(
            path.replaceFirst("^file:/+", "/"), "not a readable result file", thrown);
      }
    }
    return otherwise;
  }
}
