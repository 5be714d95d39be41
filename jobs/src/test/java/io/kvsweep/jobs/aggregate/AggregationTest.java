package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AggregationTest {
  @TempDir Path folder;

  private final SparkSession spark = TestSpark.session();

  private ResultStore store() {
    return ResultStore.create(folder.toString(), new Configuration(false));
  }

  private static void publish(ResultStore store, String run, ResultRow... rows) {
    store.publish(run, (String) rows[0].get(ResultColumn.UNIT_ID), List.of(rows));
  }

  /** Two models, three layers each, random errors, one failure. */
  private ResultStore filled() {
    ResultStore store = store();
    Random random = new Random(3);
    for (String model : List.of("m1", "m2")) {
      for (int layer = 0; layer < 3; layer++) {
        for (String prompt : List.of("p1", "p2")) {
          List<ResultRow> rows = new ArrayList<>();
          rows.add(TestRows.measured("c1", model, prompt, layer, random.nextDouble(), 5 + layer));
          rows.add(
              TestRows.measured("c2", model, prompt, layer, random.nextDouble(), 9)
                  .with()
                  .set(ResultColumn.METHOD_SPEC, "rtn(bits=4,axis=token)")
                  .set(ResultColumn.NOMINAL_BITS, 4.0)
                  .build());
          publish(store, "run-1", rows.toArray(ResultRow[]::new));
        }
      }
    }
    publish(store, "run-1", TestRows.failed("c1", "m2", "p3", 1, "svdq: no"));
    return store;
  }

  private static byte[] csv(List<GroupSummary> groups) {
    return CsvTable.write(SummaryTable.columns(), SummaryTable.of(groups).lines());
  }

  @Test
  void partitioningChangesNoBit() {
    Dataset<Row> best = ResultTable.best(spark, filled());
    byte[] expected = csv(Aggregation.groups(best.repartition(1)));
    for (int partitions : List.of(2, 7)) {
      assertArrayEquals(expected, csv(Aggregation.groups(best.repartition(partitions))));
    }
    assertEquals(7, new String(expected, java.nio.charset.StandardCharsets.UTF_8).lines().count());
  }

  @Test
  void theBestRowCounts() {
    ResultStore store = store();
    publish(store, "run-1", TestRows.failed("c1", "m", "p", 0, "no"));
    publish(
        store,
        "run-2",
        TestRows.measured("c1", "m", "p", 0, 0.5, 8),
        TestRows.measured("c9", "m", "p", 0, 0.75, 8)
            .with()
            .set(ResultColumn.METHOD_SPEC, "other")
            .build());
    SummaryTable table = Aggregation.run(spark, store);
    assertEquals(List.of(), table.failures());
    assertEquals(2, table.lines().size());
    Summary line = table.lines().get(1);
    assertEquals("rtn(bits=2,axis=token)", line.key().methodSpec());
    assertEquals(1, line.rows());
    assertEquals(0.5, line.metric(SummaryMetric.NMSE).mean());
    assertEquals(4.0, line.effectiveBits());
    assertEquals(4.0, line.compressionRatio());
  }

  @Test
  void tablesAreSingleFilesThatSparkReads() throws IOException {
    AggregateTables.Written written = AggregateTables.write(spark, filled());
    assertEquals(1, written.failedRows());
    assertEquals(
        List.of(folder + "/tables/summary.parquet", folder + "/tables/summary.csv"),
        written.files());
    Dataset<Row> table = spark.read().parquet(written.files().get(0));
    assertEquals(
        List.of(
            "model",
            "kind",
            "method",
            "method_spec",
            "seed",
            "n_models",
            "n",
            "n_prompts",
            "n_layers",
            "failed",
            "nominal_bits",
            "effective_bits",
            "compression_ratio",
            "nmse_mean",
            "nmse_median",
            "nmse_worst",
            "nmse_worst_model",
            "nmse_worst_layer",
            "nmse_worst_prompt",
            "nmse_centred_mean"),
        List.of(table.columns()).subList(0, 20));
    assertEquals(6, table.count());
    assertEquals("m1", table.first().getString(0));
    String header = Files.readAllLines(folder.resolve("tables/summary.csv")).get(0);
    assertEquals(String.join(",", table.columns()), header);
    try (var files = Files.walk(folder.resolve("tables"))) {
      assertEquals(2, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void theTextFitsATerminal() {
    String text = AggregateTables.write(spark, filled()).text();
    assertTrue(text.lines().allMatch(line -> line.length() <= 120), text);
    assertTrue(
        text.contains("\nall models, key (mean of the models' numbers; worst of all)\n"), text);
    assertTrue(
        text.contains("missing: 1 rows failed\n  rtn(bits=2) on m2/p3, layer 1, key: svdq: no\n"),
        text);
  }

  @Test
  void anUnreadableFileIsNamed() throws IOException {
    ResultStore store = filled();
    Files.writeString(folder.resolve("results/broken.parquet"), "hello, this is no Parquet");
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Aggregation.run(spark, store));
    assertEquals(
        folder
            + "/results/broken.parquet: not a readable result file; delete it and run the same sweep"
            + " again, which measures its cells anew",
        e.getMessage());
  }
}
