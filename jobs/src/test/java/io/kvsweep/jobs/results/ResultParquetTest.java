package io.kvsweep.jobs.results;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.ParquetTable;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultParquetTest {
  private static final List<ResultRow> ROWS =
      List.of(
          TestRows.measured("c1", "m", "p", 0, 0.1, 40),
          TestRows.failed("c2", "m", "p", 0, "svdq: 8 groups expected, got 7"));

  /** A row with a value in every column. */
  private static ResultRow full(Random random) {
    ResultRow.Builder row = ResultRow.builder();
    for (ResultColumn column : ResultColumn.values()) {
      row.set(
          column,
          switch (column.type()) {
            case STRING -> column.label() + " \u00e9";
            case INT -> random.nextInt();
            case LONG -> random.nextLong();
            case DOUBLE -> random.nextGaussian();
            case HEADS -> new HeadResult[] {new HeadResult(0, 0.1, 0.2, 0.3, 0.4)};
          });
    }
    return row.build();
  }

  private static void assertSame(ResultRow expected, ResultRow actual) {
    for (ResultColumn column : ResultColumn.values()) {
      if (column.type() == ResultColumn.Type.HEADS) {
        assertArrayEquals((HeadResult[]) expected.get(column), (HeadResult[]) actual.get(column));
      } else {
        assertEquals(expected.get(column), actual.get(column), column.label());
      }
    }
  }

  @Test
  void roundTrip() {
    List<ResultRow> rows = List.of(full(new Random(1)), ROWS.get(0), ROWS.get(1));
    List<ResultRow> read = ResultParquet.read(ResultParquet.write(rows), "x.parquet");
    assertEquals(3, read.size());
    for (int i = 0; i < 3; i++) {
      assertSame(rows.get(i), read.get(i));
    }
  }

  @Test
  void readsOnlyWhatIsAskedFor() {
    List<ResultColumn> wanted = List.of(ResultColumn.CELL_ID, ResultColumn.STATUS);
    ResultRow row = ResultParquet.read(ResultParquet.write(ROWS), "x.parquet", wanted).get(1);
    assertEquals("c2", row.get(ResultColumn.CELL_ID));
    assertEquals("failed", row.get(ResultColumn.STATUS));
    assertNull(row.get(ResultColumn.MODEL));
  }

  @Test
  void sparkReadsExactlyTheDocumentedTypes(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.parquet");
    ResultRow full = full(new Random(2));
    Files.write(file, ResultParquet.write(List.of(full, ROWS.get(1))));
    Dataset<Row> read = TestSpark.session().read().parquet(file.toString());
    assertEquals(ResultRows.SCHEMA, read.schema());
    Row row = read.where("method_spec <> 'rtn(bits=2,axis=token)'").first();
    assertSame(full, ResultRows.fromRow(row));
  }

  @Test
  void damageIsNamed() {
    byte[] bytes = ResultParquet.write(ROWS);
    String name = "r/u-4d2e65347aff4b4b12dc5431d4361f78.parquet";
    List<byte[]> broken =
        List.of(new byte[0], new byte[] {104}, Arrays.copyOf(bytes, bytes.length - 9));
    for (byte[] each : broken) {
      InvalidInputException e =
          assertThrows(InvalidInputException.class, () -> ResultParquet.read(each, name));
      assertTrue(e.getMessage().startsWith(name + ": not a readable Parquet file ("));
      assertTrue(
          e.getMessage()
              .endsWith("; delete it and run the same sweep again, which measures its cells anew"));
    }
  }

  @Test
  void otherParquetIsRefused() {
    List<Column<Integer>> columns = List.of(Column.ofInt("a", x -> x));
    byte[] bytes = ParquetTable.write(columns, List.of(1));
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> ResultParquet.read(bytes, "x"));
    assertTrue(
        e.getMessage()
            .startsWith("x: not a result file: column run_id is missing; no sweep wrote it"));
  }
}
