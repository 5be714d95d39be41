package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.jobs.table.ParquetTable;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Computes the tables of an output folder, writes them, and says them in words. */
public final class AggregateTables {
  private AggregateTables() {}

  /**
   * What was written.
   *
   * @param text for a terminal
   * @param failedRows rows without a measurement
   * @param files paths of the tables
   */
  public record Written(SummaryTable summary, String text, int failedRows, List<String> files) {}

  /** Writes {@code tables/summary.parquet} and {@code tables/summary.csv}. */
  public static Written write(SparkSession spark, ResultStore store) {
    SummaryTable summary = Aggregation.run(spark, store);
    List<Column<Summary>> columns = SummaryTable.columns();
    List<String> files =
        List.of(
            store.writeTable("summary.parquet", ParquetTable.write(columns, summary.lines())),
            store.writeTable("summary.csv", CsvTable.write(columns, summary.lines())));
    return new Written(
        summary, new SummaryText(summary).toString(), summary.failures().size(), files);
  }
}
