package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.method.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.RuntimeConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same sweep gives the same tables, to the byte, however Spark cut it up, on however many
 * cores, in whatever order and wherever in the world. Tables hold no times.
 */
class RepeatableTablesTest {
  private static final String[] LINES = {
    "methods: [none, 'rtn(bits=[2,4])', 'svdq(bits=1.25)', 'decoquant(bits=4,inner=2)']",
    "kinds: [key, value]"
  };

  private static final String PARTITIONS = "spark.sql.shuffle.partitions";
  private static final String COALESCE = "spark.sql.adaptive.coalescePartitions.enabled";

  @TempDir Path folder;

  private SweepBench bench;
  private Locale locale;
  private String partitions;
  private String coalesce;

  @BeforeEach
  void sixtySixUnits() {
    bench =
        new SweepBench(folder)
            .with(SweepBench.small())
            .with(
                SweepBench.small()
                    .model("deep")
                    .layers(31)
                    .tokens(12)
                    .prompts(List.of("x", "y"))
                    .layerCorrelation(0));
    locale = Locale.getDefault();
    RuntimeConfig conf = TestSpark.session().conf();
    partitions = conf.get(PARTITIONS);
    coalesce = conf.get(COALESCE);
  }

  @AfterEach
  void asItWas() {
    Locale.setDefault(locale);
    TestSpark.session().conf().set(PARTITIONS, partitions);
    TestSpark.session().conf().set(COALESCE, coalesce);
  }

  /** One partition is one task on one core at a time; the others run two at a time. */
  @Test
  void neitherPartitionsNorOrderNorLocaleMatter() throws IOException {
    Map<String, byte[]> one = run("o1", 1, new Random(1));
    assertEquals(
        List.of("budgets", "correlations", "frontier", "layers", "paired", "summary", "worst"),
        one.keySet().stream()
            .filter(name -> name.endsWith(".csv"))
            .map(name -> name.replace(".csv", ""))
            .toList());
    assertTrue(one.keySet().containsAll(List.of("spectra.parquet", "ranges.parquet")));
    assertEquals(66 * 5 * 2, bench.rows("o1").size());
    Map<String, String> rows = SweepBench.values(bench.rows("o1"));
    Locale[] locales = {
      Locale.forLanguageTag("tr-TR"), // lower case of I is not i
      Locale.forLanguageTag("de-DE"), // a comma before decimals
      Locale.forLanguageTag("ar-EG-u-nu-arab") // other digits
    };
    // Each is a sweep of its own; the build has one of them, -Pfull all.
    int[] counts = Boolean.getBoolean("kvsweep.full") ? new int[] {2, 7, 64} : new int[] {7};
    for (int i = 0; i < counts.length; i++) {
      Locale.setDefault(locales[i]);
      String output = "o" + counts[i];
      Map<String, byte[]> tables = run(output, counts[i], new Random(counts[i]));
      assertEquals(one.keySet(), tables.keySet());
      one.forEach(
          (name, bytes) -> assertArrayEquals(bytes, tables.get(name), () -> output + ": " + name));
      assertEquals(rows, SweepBench.values(bench.rows(output)));
    }
  }

  private Map<String, byte[]> run(String output, int parts, Random random) throws IOException {
    TestSpark.session().conf().set(PARTITIONS, Integer.toString(parts));
    TestSpark.session().conf().set(COALESCE, "false");
    ResultStore store = bench.store(output);
    SweepJob job =
        new SweepJob(TestSpark.session(), bench.dataset().toString(), store, "run", "code");
    SweepPlan plan =
        SweepPlan.of(
            bench.config(LINES), bench.manifest(), Methods.STANDARD, DoneCells.read(store));
    assertEquals(66, plan.units().size());
    job.publish(
        job.measured(shuffled(plan, random)).coalesce(parts),
        SweepCounters.of(TestSpark.session().sparkContext()));
    renameShuffled(bench.output(output).resolve("results"), random);
    AggregateTables.write(TestSpark.session(), store, AggregateOptions.DEFAULT);
    return tables(output);
  }

  private static SweepPlan shuffled(SweepPlan plan, Random random) {
    List<PlannedUnit> units = new ArrayList<>();
    for (PlannedUnit unit : plan.units()) {
      List<Cell> cells = new ArrayList<>(unit.cells());
      Collections.shuffle(cells, random);
      units.add(new PlannedUnit(unit.key(), cells, unit.values(), unit.estimate()));
    }
    Collections.shuffle(units, random);
    return new SweepPlan(units, 0, 0);
  }

  /** Spark reads files by size and name. */
  private static void renameShuffled(Path results, Random random) throws IOException {
    List<Path> files;
    try (var list = Files.list(results)) {
      files = list.filter(f -> f.toString().endsWith(".parquet")).sorted().toList();
    }
    assertEquals(66, files.size());
    for (Path file : files) {
      Files.move(
          file, file.resolveSibling("%016x-".formatted(random.nextLong()) + file.getFileName()));
    }
  }

  private Map<String, byte[]> tables(String output) throws IOException {
    Map<String, byte[]> tables = new TreeMap<>();
    try (var files = Files.list(bench.output(output).resolve("tables"))) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        tables.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return tables;
  }

  /** The commands as a user starts them, in JVMs of their own. Tables have one file each. */
  @Test
  @EnabledIfSystemProperty(named = "kvsweep.full", matches = "true")
  void neitherCoresNorLocaleMatterToTheCommands() throws Exception {
    bench.yaml(LINES);
    command("two", "local[2]", List.of("-Duser.language=en", "-Duser.country=GB"));
    command("one", "local[1]", List.of("-Duser.language=tr", "-Duser.country=TR"));
    Map<String, byte[]> two = tables("two");
    Map<String, byte[]> one = tables("one");
    assertEquals(two.keySet(), one.keySet());
    for (String name : two.keySet()) {
      if (name.endsWith(".parquet")) {
        assertEquals(content("two", name), content("one", name), name);
      } else {
        assertArrayEquals(two.get(name), one.get(name), name);
      }
    }
    assertEquals(SweepBench.values(bench.rows("two")), SweepBench.values(bench.rows("one")));
  }

  /**
   * Rows of a table, in their order, without what names the run. Its bytes are no measure between
   * JVMs: Parquet's footer lists encodings in the order of a hash set of enums, and enums hash by
   * address.
   */
  private String content(String output, String name) {
    String table = bench.output(output).resolve("tables").resolve(name).toString();
    return TestSpark.session().read().parquet(table).drop("run_id").collectAsList().toString();
  }

  private void command(String output, String master, List<String> options) throws Exception {
    String out = bench.output(output).toString();
    String yaml = folder.resolve("sweep.yaml").toString();
    String dataset = bench.dataset().toString();
    List<List<String>> commands =
        List.of(
            List.of("sweep", yaml, "--dataset", dataset, "--out", out, "--master", master),
            List.of("aggregate", out, "--master", master));
    for (List<String> arguments : commands) {
      try (Driver driver = Driver.start(folder, options, arguments)) {
        assertEquals(0, driver.finish(), driver.err());
      }
    }
  }
}
