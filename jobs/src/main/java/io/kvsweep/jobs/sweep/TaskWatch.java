package io.kvsweep.jobs.sweep;

import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.scheduler.JobFailed;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What becomes of the tasks of one Spark job, which this thread starts while it is open: which
 * succeeded, which failed. Spark tells of one task alone when it gives a job up, but an executor
 * takes all that it works on with it.
 */
final class TaskWatch extends SparkListener implements AutoCloseable {
  private static final String JOB = "kvsweep.job";

  /** Spark's events come a little later than the end of the job, and none is worth more. */
  private static final long PATIENCE_SECONDS = 30;

  private final SparkContext spark;
  private final String name = UUID.randomUUID().toString();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Set<Object> stages = new HashSet<>();
  private final Set<Integer> succeeded = new HashSet<>();
  private final Map<Integer, TaskFailure> failures = new TreeMap<>();
  private int jobId = -1;
  private boolean givenUp;

  private TaskWatch(SparkContext spark) {
    this.spark = spark;
  }

  static TaskWatch start(SparkContext spark) {
    TaskWatch watch = new TaskWatch(spark);
    spark.addSparkListener(watch);
    spark.setLocalProperty(JOB, watch.name);
    return watch;
  }

  @Override
  public void close() {
    spark.setLocalProperty(JOB, null);
    spark.removeSparkListener(this);
  }

  /**
   * How the job ended.
   *
   * @param givenUp whether it failed, and nobody cancelled it
   * @param succeeded tasks, by their positions
   * @param failures of tasks that failed and did not succeed
   */
  record End(boolean givenUp, Set<Integer> succeeded, Map<Integer, TaskFailure> failures) {}

  /** Waits until all is known of the job, which is over. */
  End end() {
    try {
      ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what is known must do
    }
    synchronized (this) {
      Map<Integer, TaskFailure> own = new TreeMap<>(failures);
      own.keySet().removeAll(succeeded);
      return new End(givenUp, Set.copyOf(succeeded), own);
    }
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    Properties properties = start.properties();
    if (properties != null && name.equals(properties.getProperty(JOB))) {
      jobId = start.jobId();
      stages.addAll(CollectionConverters.asJava(start.stageIds()));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    // What ends after its job was given up is not counted by Spark either.
    if (!stages.contains(task.stageId()) || ended.getCount() == 0) {
      return;
    }
    if (task.reason() == Success$.MODULE$) {
      succeeded.add(task.taskInfo().index());
    } else if (task.reason() instanceof TaskFailedReason failed
        && failed.countTowardsTaskFailures()) {
      failures.merge(task.taskInfo().index(), TaskFailure.of(failed), TaskFailure::then);
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    if (end.jobId() == jobId) {
      givenUp =
          end.jobResult() instanceof JobFailed failed
              && !String.valueOf(failed.exception().getMessage())
                  .contains("Job " + jobId + " cancelled");
      ended.countDown();
    }
  }
}
