package io.kvsweep.jobs.aggregate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.Status;
import io.kvsweep.udfs.sql.ResultRows;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;

/** The results of an output folder as a Spark table. */
public final class ResultTable {
  private static final String RANK = "_rank";
  private static final String FILE = "_file";

  private ResultTable() {}

  /**
   * The best row per (cell_id, unit_id): a measured one rather than a failed one, then that of the
   * latest run, then the one of the first file by name. Columns are those of {@link ResultColumn},
   * also for files of other versions.
   *
   * @throws InvalidInputException naming a file that is no result file
   */
  public static Dataset<Row> best(SparkSession spark, ResultStore store) {
    store.requireResults();
    Column failed = col(ResultColumn.STATUS.label()).notEqual(Status.MEASURED.label());
    return spark
        .read()
        .schema(ResultRows.SCHEMA)
        .parquet(store.results().toString())
        .withColumn(FILE, col("_metadata.file_name"))
        .withColumn(
            RANK,
            row_number()
                .over(
                    Window.partitionBy(
                            ResultColumn.CELL_ID.label(),
                            ResultColumn.UNIT_ID.label(),
                            // A cross-layer unit has a row per layer.
                            ResultColumn.LAYER.label())
                        .orderBy(failed, col(ResultColumn.RUN_ID.label()).desc(), col(FILE))))
        .where(col(RANK).equalTo(1))
        .drop(RANK, FILE);
  }
}
