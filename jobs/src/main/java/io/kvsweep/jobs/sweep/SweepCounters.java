package io.kvsweep.jobs.sweep;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What the tasks of a run report, over all of its Spark jobs. Spark adds up what successful tasks
 * say before it tells that a job is over.
 *
 * @param nanos time in tasks, added once by each
 */
record SweepCounters(
    LongAccumulator cells, LongAccumulator failed, LongAccumulator values, LongAccumulator nanos)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static SweepCounters of(SparkContext spark) {
    return new SweepCounters(
        spark.longAccumulator("cells"),
        spark.longAccumulator("failed cells"),
        spark.longAccumulator("values"),
        spark.longAccumulator("nanoseconds of tasks"));
  }

  SweepJob.Work work() {
    return new SweepJob.Work(nanos.count(), nanos.sum() * 1e-9);
  }
}
