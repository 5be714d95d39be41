package io.kvsweep.jobs.claims;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.ResultTable;
import io.kvsweep.jobs.aggregate.UnreadableFiles;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.jobs.claims.Evidence.Range;
import io.kvsweep.jobs.claims.Evidence.Spectrum;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Reads what claims are held against from an output folder. */
final class EvidenceReader {
  private EvidenceReader() {}

  static Evidence read(SparkSession spark, ResultStore store, Optional<ArtefactFolder> artefacts) {
    List<CalibrationReport> reports = artefacts.map(ArtefactFolder::reports).orElse(List.of());
    return new Evidence(
        new Measurements(cells(spark, store)),
        spectra(spark, store),
        ranges(spark, store),
        reports,
        new CodecAccounting());
  }

  /** The rows that some claim looks at, without their heads. */
  private static List<ResultRow> cells(SparkSession spark, ResultStore store) {
    Object[] specs =
        Claims.ALL.stream()
            .flatMap(claim -> claim.measure().cells().stream())
            .map(Cell::spec)
            .distinct()
            .toArray();
    String heads = ResultColumn.HEADS.label();
    Dataset<Row> rows =
        ResultTable.best(spark, store)
            .where(col(ResultColumn.METHOD_SPEC.label()).isin(specs))
            .withColumn(heads, lit(null).cast(ResultRows.SCHEMA.apply(heads).dataType()));
    return UnreadableFiles.named(rows::collectAsList).stream().map(ResultRows::fromRow).toList();
  }

  /** Those of whole tensors: a decomposition of heads apart is not the paper's. */
  private static List<Spectrum> spectra(SparkSession spark, ResultStore store) {
    return table(
            spark,
            store,
            "spectra.parquet",
            "head IS NULL AND status = 'measured'",
            List.of(
                "model",
                "prompt",
                "layer",
                "kind",
                "channels",
                "channels_99",
                "predicted_nmse",
                "measured_nmse"))
        .stream()
        .map(
            row ->
                new Spectrum(
                    place(row),
                    row.getString(3),
                    row.getInt(4),
                    row.getInt(5),
                    (Double) row.get(6),
                    (Double) row.get(7)))
        .toList();
  }

  /** Those of the cell that DecoQuant's claims are about. */
  private static List<Range> ranges(SparkSession spark, ResultStore store) {
    return table(
            spark,
            store,
            "ranges.parquet",
            "status = 'measured' AND method_spec = '%s'"
                .formatted(Cell.keys(DecoQuantClaims.DECOQUANT).spec()),
            List.of(
                "model", "prompt", "layer", "kind", "tensor", "iqr", "absmax_over_rms", "kurtosis"))
        .stream()
        .map(
            row ->
                new Range(
                    place(row),
                    row.getString(3),
                    row.getString(4),
                    row.getDouble(5),
                    row.getDouble(6),
                    row.getDouble(7)))
        .toList();
  }

  private static Place place(Row row) {
    return new Place(row.getString(0), row.getString(1), row.getInt(2));
  }

  /**
   * Rows of a table of the output, or none if it is not there.
   *
   * @param where which, in SQL
   */
  private static List<Row> table(
      SparkSession spark, ResultStore store, String name, String where, List<String> columns) {
    Optional<Path> file = store.table(name);
    if (file.isEmpty()) {
      return List.of();
    }
    try {
      return spark
          .read()
          .parquet(file.get().toString())
          .where(where)
          .select(columns.stream().map(functions::col).toArray(Column[]::new))
          .collectAsList();
    } catch (Exception e) { // Spark's Scala methods throw what they do not declare
      if (e instanceof SparkThrowable) {
        throw new InvalidInputException(
            "%s: expected the table that 'kvsweep aggregate' writes (%s); delete it and aggregate again"
                .formatted(
                    Storage.show(file.get()),
                    e.getMessage().lines().findFirst().orElse("no reason given")),
            e);
      }
      throw e;
    }
  }
}
