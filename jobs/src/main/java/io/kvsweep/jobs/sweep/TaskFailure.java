package io.kvsweep.jobs.sweep;

import io.kvsweep.udfs.measure.UnitKey;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskFailedReason;

/**
 * How often a task failed in a job.
 *
 * @param times in all, as far as Spark counts it as the task's own fault
 * @param lost how often its executor was gone
 * @param reason of the last time, in Spark's words
 */
record TaskFailure(int times, int lost, String reason) {
  static TaskFailure of(TaskFailedReason reason) {
    return new TaskFailure(
        1, reason instanceof ExecutorLostFailure ? 1 : 0, firstLine(text(reason)));
  }

  private static String text(TaskFailedReason reason) {
    if (!(reason instanceof ExceptionFailure failure)) {
      return reason.toErrorString();
    }
    if (failure.exception().isEmpty()) {
      return failure.className() + ": " + failure.description();
    }
    // Spark's own exceptions around it say at length which function was called.
    Throwable root = failure.exception().get();
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }

  private static String firstLine(String text) {
    return text.strip().lines().findFirst().orElse(text);
  }

  TaskFailure then(TaskFailure later) {
    return new TaskFailure(times + later.times, lost + later.lost, later.reason);
  }

  /** What to say of a unit with which nothing else was in the job. */
  String error(UnitKey unit) {
    return lost == 0
        ? "internal error, see the log of the task, which failed %d times: %s"
            .formatted(times, reason)
        : ("%s: %d executors were lost while they measured this unit and no other (%s); if that was"
                + " for want of memory, give more --executor-memory or fewer cores per executor,"
                + " and sweep again with --retry-failed")
            .formatted(unit, lost, reason);
  }
}
