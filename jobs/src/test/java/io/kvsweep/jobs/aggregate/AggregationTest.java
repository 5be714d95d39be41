package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.Hashes;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
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
                  .set(ResultColumn.OUTPUT_ERROR, random.nextDouble())
                  .set(ResultColumn.ENERGY, 1 + random.nextDouble())
                  .build());
          rows.add(
              TestRows.measured("c3", model, prompt, layer, random.nextDouble(), 7)
                  .with()
                  .set(ResultColumn.METHOD, "svdq")
                  .set(ResultColumn.METHOD_SPEC, "svdq(bits=3)")
                  .build());
          publish(store, "run-1", rows.toArray(ResultRow[]::new));
        }
      }
    }
    publish(store, "run-1", TestRows.failed("c1", "m2", "p3", 1, "svdq: no"));
    return store;
  }

  /** All files of tables, by name. */
  private Map<String, String> tables(List<GroupRows> groups) throws IOException {
    AggregateTables.write(store(), groups, Map.of(), AggregateOptions.DEFAULT);
    Map<String, String> bytes = new TreeMap<>();
    try (var files = Files.list(folder.resolve("tables"))) {
      for (Path file : files.toList()) {
        bytes.put(file.getFileName().toString(), Hashes.of(List.of(latin1(file))));
      }
    }
    return bytes;
  }

  private static String latin1(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  @Test
  void partitionsOrderAndLocaleChangeNoBit() throws IOException {
    Dataset<Row> best = ResultTable.best(spark, filled());
    List<Row> rows = new ArrayList<>(best.collectAsList());
    Map<String, String> expected = tables(Aggregation.groups(best.repartition(1)));
    assertEquals(22, expected.size());
    assertEquals(10, Files.readAllLines(folder.resolve("tables/summary.csv")).size());
    Locale before = Locale.getDefault();
    try {
      for (String tag : List.of("tr-TR", "de-DE", "ar-EG-u-nu-arab")) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        Collections.shuffle(rows, new Random(9));
        int partitions = Map.of("tr-TR", 2, "de-DE", 7).getOrDefault(tag, 64);
        assertEquals(
            expected,
            tables(
                Aggregation.groups(
                    spark.createDataFrame(rows, best.schema()).repartition(partitions))));
      }
    } finally {
      Locale.setDefault(before);
    }
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
    SummaryTable table = SummaryTable.of(Aggregation.run(spark, store));
    assertEquals(List.of(), table.failures());
    assertEquals(2, table.lines().size());
    Summary line = table.lines().get(1);
    assertEquals("rtn(bits=2,axis=token)", line.key().methodSpec());
    assertEquals(1, line.rows());
    assertEquals(0.5, line.metric(SummaryMetric.NMSE).mean());
    assertEquals(4.0, line.capturedBits());
    assertEquals(4.0, line.compressionRatio());
  }

  @Test
  void tablesAreSingleFilesThatSparkReads() throws IOException {
    AggregateTables.Written written =
        AggregateTables.write(spark, filled(), AggregateOptions.DEFAULT);
    assertEquals(1, written.failedRows());
    assertEquals(
        Stream.of("summary", "frontier", "budgets", "paired", "layers", "worst", "correlations")
            .map(name -> folder + "/tables/" + name + ".parquet, .csv, .md")
            .toList(),
        written.files().stream().map(WrittenTable::toString).toList());
    Dataset<Row> table = spark.read().parquet(written.files().get(0).parquet());
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
            "n_units",
            "n_versions",
            "nominal_bits",
            "effective_bits",
            "compression_ratio",
            "effective_bits_4k",
            "effective_bits_32k",
            "effective_bits_128k",
            "read_ratio",
            "kept_mass",
            "n_below_limit",
            "n_below_logit_limit",
            "nmse_n",
            "nmse_compares",
            "nmse_mean",
            "nmse_median",
            "nmse_worst",
            "nmse_geomean",
            "nmse_geomean_low",
            "nmse_geomean_high",
            "nmse_mean_of_heads",
            "nmse_total",
            "nmse_worst_model",
            "nmse_worst_layer",
            "nmse_worst_prompt",
            "nmse_centred_n"),
        List.of(table.columns()).subList(0, 36));
    assertEquals(9, table.count());
    assertEquals("m1", table.first().getString(0));
    for (WrittenTable file : written.files()) {
      String header = Files.readAllLines(Path.of(file.csv())).get(0);
      assertEquals(
          String.join(",", spark.read().parquet(file.parquet()).columns()), header, file::csv);
    }
    try (var files = Files.walk(folder.resolve("tables"))) {
      assertEquals(22, files.filter(Files::isRegularFile).count(), "7 tables, and their options");
    }
  }

  @Test
  void theTextFitsATerminal() {
    String text = AggregateTables.write(spark, filled(), AggregateOptions.DEFAULT).text();
    assertTrue(text.lines().allMatch(line -> line.length() <= 120), text);
    assertTrue(
        text.contains("missing: 1 row failed\n  rtn(bits=2) on m2/p3, layer 1, key: svdq: no\n"),
        text);
    assertTrue(
        text.contains(
            """
            m1, key
            method        bits  effective  ratio    nmse  output err   95 % interval  prompts
            """),
        text);
  }

  @Test
  void theReferenceMustHaveBeenMeasured() {
    ResultStore store = filled();
    AggregateOptions unknown = new AggregateOptions(Optional.of("kivi(bits=2)"), List.of(2.0));
    assertEquals(
        "the reference 'kivi(bits=2)' was not measured; there are results of rtn(bits=2),"
            + " rtn(bits=4), svdq(bits=3)",
        assertThrows(
                InvalidInputException.class, () -> AggregateTables.write(spark, store, unknown))
            .getMessage());
    AggregateOptions grid = new AggregateOptions(Optional.of("rtn(bits=[2,4])"), List.of(2.0));
    assertEquals(
        "the reference 'rtn(bits=[2,4])' is a grid of 2 methods: expected one",
        assertThrows(InvalidInputException.class, () -> AggregateTables.write(spark, store, grid))
            .getMessage());
    assertEquals(
        "a budget of -1.0 bits: expected effective bits per value, finite and above 0",
        assertThrows(
                InvalidInputException.class,
                () -> new AggregateOptions(Optional.empty(), List.of(2.0, -1.0)))
            .getMessage());
  }

  /** Whoever copies a name out of a table gets that very method, not another of its family. */
  @Test
  void aNameInTheTextIsAReference() {
    ResultStore store = store();
    for (String spec :
        List.of("rtn(bits=2,axis=channel,group=0,symmetric=false,rope=pre)", "none")) {
      publish(
          store,
          "run-1",
          TestRows.measured("c" + spec, "m1", "p1", 0, 0.1, 5)
              .with()
              .set(ResultColumn.METHOD_SPEC, spec)
              .build());
    }
    String name = "rtn(bits=2,axis=channel)";
    String text = AggregateTables.write(spark, store, AggregateOptions.DEFAULT).text();
    assertTrue(text.contains("\n" + name + "  "), text);
    AggregateOptions options = new AggregateOptions(Optional.of(name), List.of(2.0));
    options.checkReference(store);
    AggregateOptions other = new AggregateOptions(Optional.of("rtn(bits=2)"), List.of(2.0));
    assertEquals(
        "the reference 'rtn(bits=2)' was not measured; there are results of none, " + name,
        assertThrows(InvalidInputException.class, () -> other.checkReference(store)).getMessage());
  }

  /** Results are not compressed: what tells a flipped bit from another number is the checksum. */
  @Test
  void aPageWithAFlippedBitIsAnErrorThatNamesTheFile() throws IOException {
    ResultStore store = store();
    double nmse = 0.123456789;
    publish(store, "r", TestRows.measured("c", "m", "p", 0, nmse, 5));
    Path file = folder.resolve("results").resolve(store.files().get(0).getName());
    byte[] bytes = Files.readAllBytes(file);
    byte[] value = new byte[Double.BYTES];
    ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).putDouble(nmse);
    // Pages come first in a file; the footer's minima and maxima have the same bytes again.
    int at = 0;
    while (!Arrays.equals(bytes, at, at + value.length, value, 0, value.length)) {
      at++;
    }
    bytes[at] ^= 1;
    Files.write(file, bytes);
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Aggregation.run(spark, store));
    assertEquals(
        file
            + ": not a readable result file; delete it and run the same sweep again, which measures its cells anew",
        e.getMessage());
  }

  @Test
  void anUnreadableFileIsNamed() throws IOException {
    ResultStore store = filled();
    Files.writeString(folder.resolve("results/broken.parquet"), "hello, this is no Parquet");
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Aggregation.run(spark, store));
    String told = e.getMessage();
    assertTrue(
        told.startsWith(folder + "/results/broken.parquet: not a readable Parquet file ("), told);
    assertTrue(
        told.endsWith(
            "; no sweep wrote it under this name: move it away, all files of this folder are read"),
        told);
  }
}
