package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.UnitMeasurement;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.sql.KvMeasure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The Spark side of a sweep: a table of units, one row and one task each, projected through {@code
 * kv_measure}; each task publishes the rows of its unit itself. What crosses the network is names
 * and result rows, never a tensor.
 */
public final class SweepJob {
  /** Temporary view of the units of a running sweep. */
  static final String UNITS = "kvsweep_units";

  static final String QUERY =
      "SELECT unit, values_per_cell, rows.results, rows.spectra, rows.ranges FROM (SELECT unit, values_per_cell, "
          + KvMeasure.NAME
          + "(unit, cells) AS rows FROM "
          + UNITS
          + ")";

  private static final StructType UNIT_TABLE =
      new StructType()
          .add("unit", KvMeasure.UNIT, false)
          .add("cells", DataTypes.createArrayType(KvMeasure.CELL, false), false)
          .add("values_per_cell", DataTypes.LongType, false);

  /** Above this many units a task takes several: the driver keeps a record of every task. */
  private static final int MAX_TASKS = 20_000;

  /**
   * Where so many jobs have ended and nothing was ever measured, it is not units that are at fault.
   */
  private static final int FRUITLESS_JOBS = 10;

  private static final System.Logger LOG = System.getLogger(SweepJob.class.getName());

  private final SparkSession spark;
  private final String dataset;
  private final ResultStore store;
  private final String runId;
  private final String codeVersion;

  /**
   * @param dataset path of the dataset, as executors see it
   */
  public SweepJob(
      SparkSession spark, String dataset, ResultStore store, String runId, String codeVersion) {
    this.spark = spark;
    this.dataset = dataset;
    this.store = store;
    this.runId = runId;
    this.codeVersion = codeVersion;
  }

  /** The plan of the sweep: a projection with {@code kv_measure} over the units. */
  Dataset<Row> measured(SweepPlan plan) {
    return measured(plan.units());
  }

  private Dataset<Row> measured(List<PlannedUnit> units) {
    List<Row> rows = rows(units, dataset, runId);
    KvMeasure.register(spark);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    spark
        .createDataFrame(context.parallelize(rows, tasks(rows.size())), UNIT_TABLE)
        .createOrReplaceTempView(UNITS);
    return spark.sql(QUERY);
  }

  private static int tasks(int units) {
    return Math.max(1, Math.min(units, MAX_TASKS));
  }

  /** The task that has the unit at this position, as Spark cuts a list into tasks. */
  static int task(int position, int units, int tasks) {
    return (int) (((position + 1L) * tasks - 1) / units);
  }

  /** The table of units: all that the driver holds and sends of a plan. */
  static List<Row> rows(List<PlannedUnit> units, String dataset, String runId) {
    List<Row> rows = new ArrayList<>();
    for (PlannedUnit unit : units) {
      rows.add(
          RowFactory.create(
              KvMeasure.unit(unit.key(), dataset, runId),
              unit.cells().stream().map(KvMeasure::cell).toArray(Row[]::new),
              unit.values()));
    }
    return rows;
  }

  /**
   * What the tasks came to that succeeded.
   *
   * @param tasks their number
   * @param seconds time in them, all together
   */
  public record Work(long tasks, double seconds) {}

  /**
   * Runs all pending cells and publishes their rows. A unit whose task fails for good, such as one
   * that kills its executor, becomes failed rows; the others are measured.
   *
   * @param progress told about finished units while jobs run
   * @throws InvalidInputException if results cannot be written, or executors are lost whatever they
   *     measure
   */
  @SuppressWarnings("try") // the watch runs by itself
  public Work run(SweepPlan plan, SweepProgress progress) {
    SweepCounters counters = SweepCounters.of(spark.sparkContext());
    try (AccumulatorWatch watch = AccumulatorWatch.start(counters, progress)) {
      boolean works = plan.published() > plan.failedBefore();
      List<PlannedUnit> suspects = runTogether(plan.units(), works, counters);
      if (!suspects.isEmpty()) {
        progress.phase("measuring one by one what failed");
      }
      for (PlannedUnit unit : suspects) {
        runAlone(unit, counters, progress);
      }
    }
    return counters.work();
  }

  /**
   * Measures units in one job and, as often as Spark gives that up, what is left in another,
   * without the units whose tasks had failed.
   *
   * @param works whether anything of this sweep was measured before
   * @return these: one of them is at fault, others may only have been on the same executor
   */
  private List<PlannedUnit> runTogether(
      List<PlannedUnit> units, boolean works, SweepCounters counters) {
    List<PlannedUnit> suspects = new ArrayList<>();
    List<PlannedUnit> pending = units;
    int fruitless = 0;
    while (!pending.isEmpty()) {
      List<PlannedUnit> job = pending;
      pending = new ArrayList<>();
      Optional<Abort> abort = runJob(job, counters);
      if (abort.isPresent()) {
        TaskWatch.End end = abort.get().end();
        for (int i = 0; i < job.size(); i++) {
          int task = task(i, job.size(), tasks(job.size()));
          if (end.failures().containsKey(task)) {
            suspects.add(job.get(i));
          } else if (!end.succeeded().contains(task)) {
            pending.add(job.get(i));
          }
        }
        if (end.succeeded().isEmpty()) {
          // Perhaps the largest units are all too large: what works must not wait for them.
          pending.sort(Comparator.comparingDouble(PlannedUnit::cost));
          fruitless++;
        }
        if (fruitless >= FRUITLESS_JOBS && !works && counters.cells().isZero()) {
          throw abort.get().giveUp();
        }
      }
    }
    return suspects;
  }

  private void runAlone(PlannedUnit unit, SweepCounters counters, SweepProgress progress) {
    Optional<Abort> abort = runJob(List.of(unit), counters);
    if (abort.isPresent()) {
      TaskFailure failure = abort.get().last();
      if (failure.lost() == 0) {
        LOG.log(System.Logger.Level.ERROR, unit.key().toString(), abort.get().cause());
      }
      String error = failure.error(unit.key());
      publishUnits(counters)
          .publishFailed(
              unit.key().unitId(),
              UnitMeasurement.failed(Methods.STANDARD, unit.key(), unit.cells(), error));
      long cells = unit.cells().size();
      progress.done(cells, cells, cells * unit.values());
    }
  }

  /** A job that Spark gave up, because a task of it failed too often. */
  private record Abort(TaskWatch.End end, Exception cause) {
    /** The failure of the task that failed most often. */
    TaskFailure last() {
      return end.failures().values().stream()
          .max(Comparator.comparingInt(TaskFailure::times))
          .orElseThrow();
    }

    RuntimeException giveUp() {
      TaskFailure last = last();
      if (last.lost() > 0) {
        return new InvalidInputException(
            ("executors are lost whatever they measure: %d Spark jobs measured nothing (%s);"
                    + " give more --executor-memory or fewer cores per executor, and start the same"
                    + " sweep again")
                .formatted(FRUITLESS_JOBS, last.reason()),
            cause);
      }
      return new IllegalStateException(
          "%d Spark jobs measured nothing".formatted(FRUITLESS_JOBS), cause);
    }
  }

  /**
   * Runs one job.
   *
   * @return empty if all is published
   */
  private Optional<Abort> runJob(List<PlannedUnit> units, SweepCounters counters) {
    Dataset<Row> measured = measured(units);
    try (TaskWatch tasks = TaskWatch.start(spark.sparkContext())) {
      try {
        publish(measured, counters);
        return Optional.empty();
      } catch (Exception e) { // Scala throws checked ones too, and declares none
        if (isTheUsersToMend(e) || spark.sparkContext().isStopped()) {
          throw e;
        }
        TaskWatch.End end = tasks.end();
        if (!end.givenUp() || end.failures().isEmpty()) {
          throw e; // cancelled, or not for what a task did
        }
        return Optional.of(new Abort(end, e));
      }
    }
  }

  /** Such as a full disk: no unit is at fault. */
  private static boolean isTheUsersToMend(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException) {
        return true;
      }
    }
    return false;
  }

  private PublishUnits publishUnits(SweepCounters counters) {
    return new PublishUnits(store, runId, codeVersion, counters);
  }

  /**
   * @param measured units as {@link #measured} projects them, however partitioned
   */
  void publish(Dataset<Row> measured, SweepCounters counters) {
    spark.sparkContext().setJobDescription("kvsweep sweep " + runId);
    measured.foreachPartition(publishUnits(counters));
  }
}
