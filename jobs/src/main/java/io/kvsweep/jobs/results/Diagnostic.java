package io.kvsweep.jobs.results;

import io.kvsweep.jobs.table.ParquetTable;
import io.kvsweep.jobs.table.RowColumns;
import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.sql.RecordRows;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** The tables that a sweep publishes beside its results, each in a folder of its name. */
public enum Diagnostic {
  SPECTRA(RecordRows.schema(SpectrumRow.class)),
  RANGES(RecordRows.schema(RangeRow.class));

  private final StructType schema;

  Diagnostic(StructType schema) {
    this.schema = schema;
  }

  /** Names of all of them. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Diagnostic::label).toList();
  }

  /** Name of the folder, of the table and of the field that {@code kv_measure} returns. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public StructType schema() {
    return schema;
  }

  /** Rows of this schema as a Parquet file. */
  public byte[] parquet(List<Row> rows) {
    return ParquetTable.write(RowColumns.of(schema), rows);
  }
}
