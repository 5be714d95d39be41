package io.kvsweep.jobs.sweep;

import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.KvMeasure;
import io.kvsweep.udfs.sql.ResultRows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

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
    List<Row> rows = rows(plan, dataset, runId);
    KvMeasure.register(spark);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int tasks = Math.max(1, Math.min(rows.size(), MAX_TASKS));
    spark
        .createDataFrame(context.parallelize(rows, tasks), UNIT_TABLE)
        .createOrReplaceTempView(UNITS);
    return spark.sql(QUERY);
  }

  /** The table of units: all that the driver holds and sends of a plan. */
  static List<Row> rows(SweepPlan plan, String dataset, String runId) {
    List<Row> rows = new ArrayList<>();
    for (PlannedUnit unit : plan.units()) {
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
   * Runs all pending cells and publishes their rows.
   *
   * @param progress told about finished units while the job runs
   */
  public Work run(SweepPlan plan, SweepProgress progress) {
    return plan.units().isEmpty() ? new Work(0, 0) : publish(measured(plan), progress);
  }

  /**
   * @param measured units as {@link #measured} projects them, however partitioned
   */
  @SuppressWarnings("try") // the watch runs by itself
  Work publish(Dataset<Row> measured, SweepProgress progress) {
    spark.sparkContext().setJobDescription("kvsweep sweep " + runId);
    LongAccumulator cells = spark.sparkContext().longAccumulator("cells");
    LongAccumulator failed = spark.sparkContext().longAccumulator("failed cells");
    LongAccumulator values = spark.sparkContext().longAccumulator("values");
    LongAccumulator nanos = spark.sparkContext().longAccumulator("nanoseconds of tasks");
    try (AccumulatorWatch watch = AccumulatorWatch.start(cells, failed, values, progress)) {
      measured.foreachPartition(
          new Publish(store, runId, codeVersion, cells, failed, values, nanos));
    }
    // Spark adds up what successful tasks say before it tells that the job is over.
    return new Work(nanos.count(), nanos.sum() * 1e-9);
  }

  /** Publishes the results of each unit as soon as they are there. */
  private record Publish(
      ResultStore store,
      String runId,
      String codeVersion,
      LongAccumulator cells,
      LongAccumulator failed,
      LongAccumulator values,
      LongAccumulator nanos)
      implements ForeachPartitionFunction<Row> {
    private static final long serialVersionUID = 1L;

    @Override
    public void call(Iterator<Row> units) {
      long start = System.nanoTime();
      publish(units);
      nanos.add(System.nanoTime() - start);
    }

    /** Measures, too: the rows of a unit are made when it is asked for. */
    private void publish(Iterator<Row> units) {
      while (units.hasNext()) {
        Row unit = units.next();
        List<ResultRow> rows = new ArrayList<>();
        for (Row result : unit.<Row>getList(2)) {
          rows.add(
              ResultRows.fromRow(result)
                  .with()
                  .set(ResultColumn.RUN_ID, runId)
                  .set(ResultColumn.CODE_VERSION, codeVersion)
                  .build());
        }
        stopIfKilled();
        String unitId = unit.<Row>getAs(0).getAs("unit_id");
        for (Diagnostic table : Diagnostic.values()) {
          List<Row> found = unit.getList(unit.fieldIndex(table.label()));
          if (!found.isEmpty()) {
            store.publishBeside(table.label(), runId, unitId, rows, table.parquet(found));
          }
        }
        store.publish(runId, unitId, rows);
        long done = distinctCells(rows, true) + distinctCells(rows, false);
        cells.add(done);
        failed.add(distinctCells(rows, false));
        values.add(done * unit.getLong(1));
      }
    }

    /**
     * A task that is killed, because its job ended or another attempt was faster, may have been
     * interrupted while it measured: what then looks like failed cells is not published.
     */
    private static void stopIfKilled() {
      TaskContext task = TaskContext.get();
      if (task != null && task.isInterrupted()) {
        throw new TaskKilledException("the task was killed before it published");
      }
    }

    private static long distinctCells(List<ResultRow> rows, boolean measured) {
      return rows.stream()
          .filter(row -> row.measured() == measured)
          .map(row -> row.get(ResultColumn.CELL_ID))
          .distinct()
          .count();
    }
  }
}
