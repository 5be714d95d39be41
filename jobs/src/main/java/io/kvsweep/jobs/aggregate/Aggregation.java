package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.Metric;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/** Brings the rows of each group together on Spark. */
public final class Aggregation {
  private static final List<ResultColumn> COLUMNS = columns();

  private Aggregation() {}

  private static List<ResultColumn> columns() {
    List<ResultColumn> columns =
        new ArrayList<>(
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
                ResultColumn.HEADS,
                ResultColumn.STATUS,
                ResultColumn.ERROR));
    for (Metric metric : Metric.values()) {
      if (metric.group() != Metric.Group.TIME) {
        columns.add(metric.column());
      }
    }
    return List.copyOf(columns);
  }

  /**
   * Everything published in an output folder, by group, sorted.
   *
   * @throws InvalidInputException naming a file that is no result file
   */
  public static List<GroupRows> run(SparkSession spark, ResultStore store) {
    return UnreadableFiles.named(() -> groups(ResultTable.best(spark, store)));
  }

  /**
   * @param best one row per (cell_id, unit_id), however partitioned
   */
  static List<GroupRows> groups(Dataset<Row> best) {
    Column[] columns =
        COLUMNS.stream().map(column -> functions.col(column.label())).toArray(Column[]::new);
    List<GroupRows> groups =
        new ArrayList<>(
            best.select(columns)
                .toJavaRDD()
                .mapToPair(row -> new Tuple2<>(key(row), metrics(row)))
                .groupByKey()
                .map(group -> rows(group._1(), group._2()))
                .collect());
    // Spark hands them over in the order of its partitions.
    groups.sort(Comparator.comparing(GroupRows::key));
    return groups;
  }

  private static GroupRows rows(GroupKey key, Iterable<MetricRow> rows) {
    List<MetricRow> list = new ArrayList<>();
    rows.forEach(list::add);
    return GroupRows.of(key, list);
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
    double[] metrics = new double[Metric.values().length];
    for (Metric metric : Metric.values()) {
      Double value = COLUMNS.contains(metric.column()) ? get(row, metric.column()) : null;
      metrics[metric.ordinal()] = value == null ? Double.NaN : value;
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
        metrics,
        headMeans(row),
        failed ? (error == null ? "no reason given" : error) : null);
  }

  private static double[] headMeans(Row row) {
    int at = COLUMNS.indexOf(ResultColumn.HEADS);
    List<Row> heads = row.isNullAt(at) ? List.of() : row.getList(at);
    return MetricRow.HEAD_METRICS.stream()
        .map(metric -> heads.stream().map(h -> h.<Double>getAs(metric.key())).toList())
        .mapToDouble(
            values -> {
              Double mean = MetricSummary.mean(values);
              return mean == null ? Double.NaN : mean;
            })
        .toArray();
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
