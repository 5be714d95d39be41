package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.synth.Spectrum;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables {@code spectra} and {@code ranges} of a sweep, from tasks to tables. */
class DiagnosticsTest {
  private static final String[] LINES = {
    "methods: ['rtn(bits=2)', 'svdq(bits=[1.25,2],heads=[joint,separate])', 'decoquant(bits=[2,4],inner=8)']",
    "kinds: [key, value]"
  };

  private static final String REMEDY =
      "; delete it, and the file of its name in results/, and run the same sweep again";

  /** Units of two prompts and two layers. */
  private static final int UNITS = 4;

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void twoPrompts() {
    bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml(LINES);
  }

  private List<Row> table(String name) {
    return TestSpark.session()
        .read()
        .parquet(bench.output("o").resolve("tables/" + name + ".parquet").toString())
        .collectAsList();
  }

  private SweepBench.Said aggregated() {
    return SweepBench.run("aggregate", bench.output("o").toString());
  }

  private SweepBench.Said aggregate() {
    SweepBench.Said said = aggregated();
    assertEquals(0, said.code(), said.err());
    return said;
  }

  private List<String> files(String below) throws IOException {
    return bench.files("o").stream()
        .filter(file -> file.startsWith(below + "/"))
        .map(file -> file.substring(below.length() + 1))
        .toList();
  }

  /** Rows without what differs from run to run, by their identity; fails on doubles. */
  private static Map<String, String> byKey(List<Row> rows) {
    Map<String, String> byKey = new TreeMap<>();
    for (Row row : rows) {
      StringBuilder key = new StringBuilder();
      for (String column : List.of("cell_id", "unit_id", "kind", "head", "tensor")) {
        boolean there = Arrays.asList(row.schema().fieldNames()).contains(column);
        key.append(there ? row.<Object>getAs(column) : "").append(' ');
      }
      String value = row.toString().replace(row.<String>getAs("run_id"), "");
      assertEquals(null, byKey.put(key.toString(), value), key + " is there twice");
    }
    return byKey;
  }

  @Test
  void tablesOfASweep() throws IOException {
    assertEquals(0, bench.sweep("o").code());
    assertEquals(files("results"), files("spectra"));
    assertEquals(files("results"), files("ranges"));
    SweepBench.Said said = aggregate();
    assertTrue(said.out().contains("tables/spectra.parquet"), said.out());
    assertTrue(said.out().contains("tables/ranges.parquet"), said.out());
    assertTrue(said.out().contains("theory: error from singular values"), said.out());
    List<Row> spectra = table("spectra");
    // Two kinds, two schedules, joint and two heads.
    assertEquals(UNITS * 2 * 2 * 3, byKey(spectra).size());
    Map<String, ResultRow> results = new HashMap<>();
    for (ResultRow row : bench.rows("o").values()) {
      results.put(row.get(ResultColumn.CELL_ID) + " " + row.get(ResultColumn.UNIT_ID), row);
    }
    for (Row row : spectra) {
      ResultRow result = results.get(row.getAs("cell_id") + " " + row.getAs("unit_id"));
      assertEquals(result.get(ResultColumn.METHOD_SPEC), row.getAs("method_spec"));
      assertEquals(result.get(ResultColumn.LAYER), row.getAs("layer"));
      assertEquals(result.get(ResultColumn.RUN_ID), row.getAs("run_id"));
      Integer head = row.getAs("head");
      Object measured =
          head == null
              ? result.get(ResultColumn.NMSE)
              : ((HeadResult[]) result.get(ResultColumn.HEADS))[head].nmse();
      assertEquals(measured, row.getAs("measured_nmse"));
      double predicted = row.<Double>getAs("predicted_nmse");
      assertEquals(
          predicted / (Double) measured, row.<Double>getAs("predicted_over_measured"), 1e-12);
      int channels = row.<Integer>getAs("channels");
      assertEquals(head == null ? 16 : 8, channels);
      List<Double> values = row.getList(row.fieldIndex("singular_values"));
      assertEquals(channels, values.size());
      assertTrue(values.get(0) >= values.get(1) && values.get(1) > 0);
      assertEquals("measured", row.getAs("status"));
    }
    assertEquals(UNITS * 2 * 2 * 3, byKey(table("ranges")).size());
  }

  @Test
  void onlyWhereTheSweepHasSuchMethods() throws IOException {
    bench.yaml("methods: ['rtn(bits=2)', 'kivi(bits=2,group=8)']", "kinds: [key]");
    assertEquals(0, bench.sweep("o").code());
    assertEquals(List.of(), files("spectra"));
    assertEquals(List.of(), files("ranges"));
    SweepBench.Said said = aggregate();
    assertFalse(said.out().contains("spectra"), said.out());
    List<String> tables = files("tables");
    assertTrue(tables.contains("summary.parquet"), tables.toString());
    assertEquals(
        List.of(), tables.stream().filter(t -> t.matches("(spectra|ranges)\\..*")).toList());
  }

  /** A sweep killed after a diagnosis was put in place and before the results were. */
  @Test
  void killedBetweenDiagnosisAndResults() throws IOException {
    bench.sweep("o");
    aggregate();
    Map<String, String> spectra = byKey(table("spectra"));
    Map<String, String> ranges = byKey(table("ranges"));
    List<String> files = files("spectra");
    Files.delete(bench.output("o").resolve("results").resolve(files.get(0)));
    Files.delete(bench.output("o").resolve("results").resolve(files.get(2)));
    Files.delete(bench.output("o").resolve("ranges").resolve(files.get(2)));
    assertEquals(
        "14 cells measured", bench.sweep("o", "--set", "kinds=[key]").out().substring(0, 17));
    bench.sweep("o");
    aggregate();
    assertEquals(spectra, byKey(table("spectra")));
    assertEquals(ranges, byKey(table("ranges")));
    // The rest of the batch, cut in two by another order, has files of its own.
    assertEquals(files("results").size(), files("results").stream().distinct().count());
    assertTrue(files("spectra").containsAll(files("results")));
  }

  @Test
  void methodsAddedLaterGetTheirs() throws IOException {
    bench.yaml("methods: ['svdq(bits=2)']", "kinds: [key]");
    bench.sweep("o");
    bench.yaml(LINES);
    bench.sweep("o");
    aggregate();
    assertEquals(UNITS * 2 * 2 * 3, byKey(table("spectra")).size());
    assertEquals("0 cells measured", bench.sweep("o").out().substring(0, 16));
  }

  @Test
  void aCellOfKeysAndValuesHasNoMeasuredErrorOfEach() {
    bench.yaml("methods: ['svdq(bits=2)']", "kinds: [both]");
    bench.sweep("o");
    aggregate();
    List<Row> rows = table("spectra");
    assertEquals(2 * UNITS, rows.size());
    assertTrue(rows.stream().allMatch(row -> row.getAs("measured_nmse") == null));
    assertEquals(
        List.of("key", "value"),
        rows.stream().map(row -> row.<String>getAs("kind")).distinct().toList());
  }

  @Test
  void aDamagedFileIsNamedWithTheRemedy() throws IOException {
    bench.sweep("o");
    Path file = bench.output("o").resolve("spectra").resolve(files("spectra").get(1));
    Files.writeString(file, "no parquet");
    SweepBench.Said said = aggregated();
    refused(file + ": not a readable Parquet file (", said);
    refused(REMEDY, said);
    // Spark takes it for a file without rows.
    Files.write(file, new byte[0]);
    refused(file + ": not a readable result file (it has 0 bytes)" + REMEDY, aggregated());
    refused(file + ": not a readable result file (it has 0 bytes)" + REMEDY, bench.sweep("o"));
  }

  private static void refused(String message, SweepBench.Said said) {
    assertEquals(2, said.code(), said.err());
    assertTrue(said.err().contains(message), said.err());
    assertFalse(said.err().contains("\tat "), said.err());
  }

  /** Rows that no result counts for any more: of other tensors, and of a deleted file. */
  @Test
  void onlyRowsBesideResultsThatCount() throws IOException {
    String[] lines = {"methods: ['svdq(bits=2)', 'decoquant(bits=4,inner=8)']", "kinds: [key]"};
    bench.yaml(lines);
    bench.sweep("o");
    List<String> superseded = files("results");
    SweepBench now = new SweepBench(Files.createDirectory(folder.resolve("now")));
    now.with(SweepBench.small().seed(8)).yaml(lines);
    assertEquals("8 cells measured", now.sweep("../o").out().substring(0, 16));
    List<String> counted = files("results");
    assertEquals("8 cells measured", now.sweep("../o", "--set", "seed=2").out().substring(0, 16));
    List<String> otherSeed = new ArrayList<>(files("results"));
    otherSeed.removeAll(counted);
    Files.delete(bench.output("o").resolve("results").resolve(otherSeed.get(0)));
    String text = aggregate().out();
    assertTrue(
        text.contains("8 rows are not counted: a later run measured the same layers again"), text);
    assertTrue(theory(text, "small +key +svdq\\(bits=2\\) +1 +4 .* of 4"), text);
    assertTrue(theory(text, "small +key +svdq\\(bits=2\\) +2 +3 .* of 3"), text);
    Set<String> earlier = new HashSet<>();
    superseded.forEach(file -> earlier.add(file.substring(0, file.indexOf('-'))));
    for (String name : List.of("spectra", "ranges")) {
      List<Row> rows = table(name);
      assertEquals((name.equals("spectra") ? 1 : 3) * 7, rows.size(), name);
      assertTrue(rows.stream().noneMatch(row -> earlier.contains(row.<String>getAs("unit_id"))));
    }
  }

  private static boolean theory(String text, String line) {
    return text.lines().anyMatch(said -> said.strip().matches(line));
  }

  /**
   * First order: sampling makes the rate grow by 1 / (2 T), twice that is allowed; four standard
   * errors of the slope of C logarithms that scatter by (2 T)^-1/2 each; rounding to binary16 adds
   * a floor that is a hundred times below the least channel.
   */
  @Test
  void theDecayOfASyntheticSpectrumIsRecovered() {
    int tokens = 2048;
    int channels = 32;
    double rate = 0.1;
    bench.with(
        SweepBench.small()
            .model("decaying")
            .prompts(List.of("a"))
            .layers(1)
            .tokens(tokens)
            .headDim(channels / 2)
            .spectrum(new Spectrum(Spectrum.Decay.EXPONENTIAL, rate))
            .outlierChannels(0)
            .sinks(0)
            .layerCorrelation(0));
    bench.yaml("models: [decaying]", "methods: ['svdq(bits=2)']", "kinds: [key, value]");
    assertEquals(0, bench.sweep("o").code());
    aggregate();
    double tolerance =
        1.0 / tokens + 4 / Math.sqrt(2.0 * tokens) / Math.sqrt(Math.pow(channels, 3) / 12);
    for (Row row : table("spectra")) {
      assertEquals(rate, row.<Double>getAs("decay"), tolerance);
      assertTrue(row.<Double>getAs("decay_r2") > 0.99);
      // Energies fall by exp(-0.2) a channel: 23 hold 1 - exp(-4.6) of an endless spectrum.
      assertEquals(23, row.<Integer>getAs("channels_99"), 1);
      assertEquals(1, row.<Double>getAs("predicted_over_measured"), 0.25);
    }
  }
}
