package io.kvsweep.jobs.query;

import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunCost;
import io.kvsweep.jobs.results.RunManifest;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The runs of an output folder as flat rows. */
final class RunRows {
  private static final StructType SCHEMA =
      new StructType()
          .add("run_id", DataTypes.StringType)
          .add("started", DataTypes.TimestampType)
          .add("finished", DataTypes.TimestampType)
          .add("measured", DataTypes.LongType)
          .add("failed", DataTypes.LongType)
          .add("published_before", DataTypes.LongType)
          .add("plan_seconds", DataTypes.DoubleType)
          .add("measure_seconds", DataTypes.DoubleType)
          .add("task_seconds", DataTypes.DoubleType)
          .add("tasks", DataTypes.LongType)
          .add("cores", DataTypes.IntegerType)
          .add("driver_peak_heap_bytes", DataTypes.LongType)
          .add("dataset", DataTypes.StringType)
          .add("config", DataTypes.StringType)
          .add("kvsweep_version", DataTypes.StringType)
          .add("java_version", DataTypes.StringType)
          .add("jvm", DataTypes.StringType)
          .add("spark_version", DataTypes.StringType)
          .add("hadoop_version", DataTypes.StringType)
          .add("parquet_version", DataTypes.StringType)
          .add("host", DataTypes.StringType)
          .add("os", DataTypes.StringType)
          .add("arch", DataTypes.StringType)
          .add("cpus", DataTypes.IntegerType)
          .add("max_heap_bytes", DataTypes.LongType)
          .add("jvm_options", DataTypes.createArrayType(DataTypes.StringType, false))
          .add("kernels", DataTypes.StringType);

  private RunRows() {}

  /**
   * One row per {@code runs/*.json}.
   *
   * @throws io.kvsweep.datasets.InvalidInputException naming a file that is no manifest
   */
  static Dataset<Row> of(SparkSession spark, ResultStore store) {
    return spark.createDataFrame(store.runs().stream().map(RunRows::row).toList(), SCHEMA);
  }

  private static Row row(RunManifest run) {
    return RowFactory.create(
        run.runId(),
        timestamp(run.started()),
        timestamp(run.finished()),
        run.counts().get("measured"),
        run.counts().get("failed"),
        run.counts().get("published_before"),
        cost(run, RunCost::planSeconds),
        cost(run, RunCost::measureSeconds),
        cost(run, RunCost::taskSeconds),
        cost(run, RunCost::tasks),
        cost(run, RunCost::cores),
        cost(run, RunCost::driverPeakHeapBytes),
        run.config().get("dataset"),
        run.configJson(),
        run.versions().get("kvsweep"),
        run.versions().get("java"),
        run.versions().get("jvm"),
        run.versions().get("spark"),
        run.versions().get("hadoop"),
        run.versions().get("parquet"),
        run.host().name(),
        run.host().os(),
        run.host().arch(),
        run.host().cpus(),
        run.host().maxHeapBytes(),
        run.host().jvmOptions().toArray(),
        run.kernels());
  }

  /** Null of a run that has not ended, or of an older version. */
  private static Object cost(RunManifest run, Function<RunCost, Object> figure) {
    return run.cost() == null ? null : figure.apply(run.cost());
  }

  private static Timestamp timestamp(String time) {
    return time == null ? null : Timestamp.from(Instant.parse(time));
  }
}
