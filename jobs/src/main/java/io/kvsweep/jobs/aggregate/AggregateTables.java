package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.jobs.table.ParquetTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Computes the tables of an output folder, writes them, and says them in words. */
public final class AggregateTables {
  private AggregateTables() {}

  /**
   * What was written.
   *
   * @param text for a terminal
   * @param theory for a terminal; empty without spectra
   * @param failedRows rows without a measurement
   * @param files paths of the tables
   */
  public record Written(
      SummaryTable summary, String text, String theory, int failedRows, List<String> files) {}

  /**
   * Writes {@code tables/summary.parquet} and {@code tables/summary.csv}, and {@code spectra} and
   * {@code ranges} as Parquet where the sweep has such rows.
   */
  public static Written write(SparkSession spark, ResultStore store) {
    SummaryTable summary = Aggregation.run(spark, store);
    List<Column<Summary>> columns = SummaryTable.columns();
    List<String> files =
        new ArrayList<>(
            List.of(
                store.writeTable("summary.parquet", ParquetTable.write(columns, summary.lines())),
                store.writeTable("summary.csv", CsvTable.write(columns, summary.lines()))));
    Map<Diagnostic, DiagnosticTable> diagnostics = new EnumMap<>(Diagnostic.class);
    for (Diagnostic diagnostic : Diagnostic.values()) {
      DiagnosticTable.gather(spark, store, diagnostic)
          .ifPresent(
              table -> {
                diagnostics.put(diagnostic, table);
                files.add(store.writeTable(diagnostic.label() + ".parquet", table.parquet()));
              });
    }
    return new Written(
        summary,
        new SummaryText(summary).toString(),
        Optional.ofNullable(diagnostics.get(Diagnostic.SPECTRA)).map(TheoryText::of).orElse(""),
        summary.failures().size(),
        List.copyOf(files));
  }
}
