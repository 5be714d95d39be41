package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.Status;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/** Brings the rows of each group together on Spark and summarises them. */
public final class Aggregation {
  private static final List<ResultColumn> COLUMNS =
      List.of(
          ResultColumn.RUN_ID,
          ResultColumn.CELL_ID,
          ResultColumn.UNIT_ID,
          ResultColumn.MODEL,
          ResultColumn.PROMPT,
          ResultColumn.KIND,
          ResultColumn.METHOD,
          ResultColumn.METHOD_SPEC,
          ResultColumn.SEED,
          ResultColumn.LAYER,
          ResultColumn.TOKENS,
          ResultColumn.KV_HEADS,
          ResultColumn.HEAD_DIM,
          ResultColumn.DTYPE,
          ResultColumn.TOTAL_BYTES,
          ResultColumn.NOMINAL_BITS,
          ResultColumn.NMSE,
          ResultColumn.NMSE_CENTRED,
          ResultColumn.LOGIT_RMS,
          ResultColumn.ATTENTION_KL,
          ResultColumn.OUTPUT_ERROR,
          ResultColumn.STATUS,
          ResultColumn.ERROR);

  private Aggregation() {}

  /**
   * Summarises everything published in an output folder.
   *
   * @throws InvalidInputException naming a file that is no result file
   */
  public static SummaryTable run(SparkSession spark, ResultStore store) {
    return SummaryTable.of(UnreadableFiles.named(() -> groups(ResultTable.best(spark, store))));
  }

  /**
   * @param best one row per (cell_id, unit_id), however partitioned
   */
  static List<GroupSummary> groups(Dataset<Row> best) {
    Column[] columns =
        COLUMNS.stream().map(column -> functions.col(column.label())).toArray(Column[]::new);
    return best.select(columns)
        .toJavaRDD()
        .mapToPair(row -> new Tuple2<>(key(row), metrics(row)))
        .groupByKey()
        .map(group -> summarise(group._1(), group._2()))
        .collect();
  }

  private static GroupSummary summarise(GroupKey key, Iterable<MetricRow> rows) {
    List<MetricRow> list = new ArrayList<>();
    rows.forEach(list::add);
    return GroupSummary.of(key, list);
  }

  private static GroupKey key(Row row) {
    return new GroupKey(
        get(row, ResultColumn.MODEL),
        get(row, ResultColumn.KIND),
        get(row, ResultColumn.METHOD),
        get(row, ResultColumn.METHOD_SPEC),
        Aggregation.<Long>get(row, ResultColumn.SEED));
  }

  private static MetricRow metrics(Row row) {
    boolean failed = !Status.MEASURED.label().equals(get(row, ResultColumn.STATUS));
    String error = get(row, ResultColumn.ERROR);
    Double[] metrics = new Double[SummaryMetric.values().length];
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics[metric.ordinal()] = get(row, metric.column());
    }
    long values = failed ? 0 : values(row);
    return new MetricRow(
        get(row, ResultColumn.RUN_ID),
        get(row, ResultColumn.CELL_ID),
        get(row, ResultColumn.UNIT_ID),
        get(row, ResultColumn.PROMPT),
        Aggregation.<Integer>get(row, ResultColumn.LAYER),
        values,
        failed ? 0 : values * DType.of(get(row, ResultColumn.DTYPE)).bytes(),
        failed ? 0 : Aggregation.<Long>get(row, ResultColumn.TOTAL_BYTES),
        get(row, ResultColumn.NOMINAL_BITS),
        metrics,
        failed ? (error == null ? "no reason given" : error) : null);
  }

  private static long values(Row row) {
    long one =
        (long) Aggregation.<Integer>get(row, ResultColumn.TOKENS)
            * Aggregation.<Integer>get(row, ResultColumn.KV_HEADS)
            * Aggregation.<Integer>get(row, ResultColumn.HEAD_DIM);
    return CellKind.BOTH.label().equals(get(row, ResultColumn.KIND)) ? 2 * one : one;
  }

  private static <T> T get(Row row, ResultColumn column) {
    return row.getAs(COLUMNS.indexOf(column));
  }
}
