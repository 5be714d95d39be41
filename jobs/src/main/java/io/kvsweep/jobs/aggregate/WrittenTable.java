package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.jobs.table.MarkdownTable;
import io.kvsweep.jobs.table.ParquetTable;
import java.util.List;

/** Paths of a table in its three forms. */
public record WrittenTable(String parquet, String csv, String markdown) {

  /** Writes {@code tables/<name>.parquet}, {@code .csv} and {@code .md}. */
  public static <R> WrittenTable write(
      ResultStore store, String name, List<Column<R>> columns, List<R> rows) {
    return new WrittenTable(
        store.writeTable(name + ".parquet", ParquetTable.write(columns, rows)),
        store.writeTable(name + ".csv", CsvTable.write(columns, rows)),
        store.writeTable(name + ".md", MarkdownTable.write(name, columns, rows)));
  }

  /** In one line. */
  @Override
  public String toString() {
    return parquet + ", .csv, .md";
  }
}
