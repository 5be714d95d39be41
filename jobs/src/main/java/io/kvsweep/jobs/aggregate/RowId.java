package io.kvsweep.jobs.aggregate;

import org.apache.spark.sql.Row;

/** Identity of a result row, and of what was found out beside it. */
public record RowId(String cellId, String unitId, int layer) {
  /** That of a row with these columns. */
  public static RowId of(Row row) {
    return new RowId(row.getAs("cell_id"), row.getAs("unit_id"), row.<Integer>getAs("layer"));
  }
}
