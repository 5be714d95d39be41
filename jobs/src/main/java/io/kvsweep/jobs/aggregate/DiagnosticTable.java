package io.kvsweep.jobs.aggregate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.row_number;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.ParquetTable;
import io.kvsweep.jobs.table.RowColumns;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * One of the tables beside the results, gathered: each row that counts once, in an order that
 * depends on the rows alone.
 */
public record DiagnosticTable(StructType schema, List<Row> rows) {
  private static final String RANK = "_rank";
  private static final String FILE = "_file";

  /** What tells rows of one cell on one unit apart. */
  private static final List<String> WITHIN_CELL = List.of("kind", "head", "tensor");

  private static final List<String> ORDER =
      List.of("model", "prompt", "layer", "kind", "method_spec", "seed", "head", "tensor");

  /**
   * Gathers a table, {@code spectra} with what was measured beside what was predicted.
   *
   * @param counts tells which result rows count: what was found out beside others is left out, as
   *     of earlier versions and tensors, and of results that somebody deleted
   * @return empty if no cell of the sweep has such files
   * @throws InvalidInputException naming a file that cannot be read
   */
  public static Optional<DiagnosticTable> gather(
      SparkSession spark, ResultStore store, Diagnostic diagnostic, Predicate<RowId> counts) {
    List<Path> files = store.files(diagnostic);
    if (files.isEmpty()) {
      return Optional.empty();
    }
    store.requireReadable(diagnostic);
    return Optional.of(
        UnreadableFiles.named(
            () -> {
              Dataset<Row> best = best(spark, files, diagnostic);
              Dataset<Row> table =
                  diagnostic == Diagnostic.SPECTRA
                      ? withMeasured(best, ResultTable.best(spark, store))
                      : best;
              List<Row> rows = table.orderBy(columns(diagnostic.schema(), ORDER)).collectAsList();
              return new DiagnosticTable(table.schema(), rows).only(counts);
            }));
  }

  /** The rows beside these result rows. */
  public DiagnosticTable only(Predicate<RowId> results) {
    return new DiagnosticTable(
        schema, rows.stream().filter(row -> results.test(RowId.of(row))).toList());
  }

  /** The best row of each: one without failure, then the one of the latest run. */
  private static Dataset<Row> best(SparkSession spark, List<Path> files, Diagnostic diagnostic) {
    List<String> key = new ArrayList<>(List.of("cell_id", "unit_id"));
    key.addAll(WITHIN_CELL);
    return spark
        .read()
        .schema(diagnostic.schema())
        .parquet(files.stream().map(Path::toString).toArray(String[]::new))
        .withColumn(FILE, col("_metadata.file_name"))
        .withColumn(
            RANK,
            row_number()
                .over(
                    Window.partitionBy(columns(diagnostic.schema(), key))
                        .orderBy(
                            col("status").notEqual(Status.MEASURED.label()),
                            col("run_id").desc(),
                            col(FILE))))
        .where(col(RANK).equalTo(1))
        .drop(RANK, FILE);
  }

  private static org.apache.spark.sql.Column[] columns(StructType schema, List<String> names) {
    List<String> present = Arrays.asList(schema.fieldNames());
    return names.stream()
        .filter(present::contains)
        .map(functions::col)
        .toArray(org.apache.spark.sql.Column[]::new);
  }

  /** A result of keys and values together has no error of each, and none is made up. */
  private static Dataset<Row> withMeasured(Dataset<Row> spectra, Dataset<Row> results) {
    List<String> key =
        List.of(
            ResultColumn.CELL_ID.label(),
            ResultColumn.UNIT_ID.label(),
            ResultColumn.LAYER.label(),
            ResultColumn.KIND.label());
    Dataset<Row> measured =
        results.select("cell_id", "unit_id", "layer", "kind", ResultColumn.NMSE.label(), "heads");
    return spectra
        .join(measured, CollectionConverters.asScala(key).toSeq(), "left")
        .withColumn(
            "measured_nmse",
            expr(
                "CASE WHEN head IS NULL THEN nmse ELSE get(filter(heads, h -> h.head = head), 0).nmse END"))
        .withColumn(
            "predicted_over_measured",
            expr("CASE WHEN measured_nmse > 0 THEN predicted_nmse / measured_nmse END"))
        .selectExpr(withMeasured(Diagnostic.SPECTRA.schema()));
  }

  private static String[] withMeasured(StructType schema) {
    List<String> names = new ArrayList<>(Arrays.asList(schema.fieldNames()));
    names.addAll(
        names.indexOf("predicted_nmse") + 1, List.of("measured_nmse", "predicted_over_measured"));
    return names.toArray(String[]::new);
  }

  byte[] parquet() {
    List<Column<Row>> columns = RowColumns.of(schema);
    return ParquetTable.write(columns, rows);
  }

  /** Rows whose diagnosis failed. */
  long failed() {
    int status = schema.fieldIndex("status");
    return rows.stream()
        .filter(row -> !Status.MEASURED.label().equals(row.getString(status)))
        .count();
  }
}
