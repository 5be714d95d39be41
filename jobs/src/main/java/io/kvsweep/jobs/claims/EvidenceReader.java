package io.kvsweep.jobs.claims;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.kvsweep.jobs.aggregate.DiagnosticTable;
import io.kvsweep.jobs.aggregate.ResultTable;
import io.kvsweep.jobs.aggregate.UnreadableFiles;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads what claims are held against from an output folder. */
final class EvidenceReader {
  private EvidenceReader() {}

  static Evidence read(SparkSession spark, ResultStore store, Optional<ArtefactFolder> artefacts) {
    List<CalibrationReport> reports = artefacts.map(ArtefactFolder::reports).orElse(List.of());
    Measurements cells = new Measurements(cells(spark, store));
    return new Evidence(
        cells,
        DiagnosticRows.spectra(rows(spark, store, Diagnostic.SPECTRA, cells)),
        DiagnosticRows.ranges(rows(spark, store, Diagnostic.RANGES, cells)),
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

  /** As the sweep left them: the tables of the last aggregation may be older than the results. */
  private static List<Row> rows(
      SparkSession spark, ResultStore store, Diagnostic diagnostic, Measurements cells) {
    return DiagnosticTable.gather(spark, store, diagnostic, cells::countsOfKeys)
        .map(DiagnosticTable::rows)
        .orElse(List.of());
  }
}
