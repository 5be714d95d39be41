package io.kvsweep.jobs.cli;

import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.SparkSession;

/**
 * Silences the log of an embedded run that is being stopped. Tasks that Spark stops under way fail
 * in its pools with stack traces that mean nothing; {@link Failures} says what the user needs.
 */
final class QuietShutdown {
  /** Hooks run by falling priority; Spark stops its contexts at less than a tenth of this. */
  private static final int BEFORE_SPARK = 1000;

  private static final Runnable HOOK =
      () ->
          SparkSession.getDefaultSession()
              .foreach(
                  spark -> {
                    spark.sparkContext().setLogLevel("OFF");
                    return null;
                  });

  private QuietShutdown() {}

  static void install() {
    ShutdownHookManager hooks = ShutdownHookManager.get();
    if (!hooks.hasShutdownHook(HOOK)) {
      hooks.addShutdownHook(HOOK, BEFORE_SPARK);
    }
  }
}
