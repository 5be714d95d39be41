package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.storage.PoisonFileSystem;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.KvSweepExtensions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built job jar on a Spark cluster, a standalone master and two workers: whatever dies, the
 * rows are those of an embedded run. Run by {@code mvn verify -Pcluster}.
 */
class ClusterIT {
  private static final int UNITS = 12;
  private static final int CELLS = 3;

  private static final List<String> METHODS =
      List.of("methods: ['svdq(bits=[1.25,4])', 'kivi(bits=2)']", "kinds: [key]");

  private static final Pattern SECOND_ATTEMPT =
      Pattern.compile("Starting task [0-9]+\\.1 in stage");

  @TempDir static Path folder;

  private static SweepBench bench;
  private static Map<String, String> expected;
  private static SparkCluster cluster;

  @BeforeAll
  static void clusterAndEmbeddedRun() throws Exception {
    cluster =
        SparkCluster.start(SparkHome.standard(), Files.createDirectory(folder.resolve("cluster")));
    bench =
        new SweepBench(folder)
            .with(
                SweepBench.small()
                    .prompts(List.of("a", "b"))
                    .layers(UNITS / 2)
                    .tokens(1500)
                    .headDim(48)
                    .queries(48)
                    .layerCorrelation(0));
    bench.yaml(METHODS.toArray(new String[0]));
    SweepBench.Said said = bench.sweep("embedded");
    assertEquals(0, said.code(), said.err());
    expected = SweepBench.values(bench.rows("embedded"));
    assertEquals(UNITS * CELLS, expected.size());
  }

  @AfterAll
  static void endAllProcesses() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static Driver sweep(SweepBench bench, String output, String... options)
      throws IOException {
    return cluster.submit(List.of(options), bench.command(output));
  }

  private static void waitFor(Driver driver, String output, int files) throws Exception {
    while (bench.published(output) < files) {
      assertTrue(driver.isAlive(), () -> errOf(driver));
      Thread.sleep(5);
    }
  }

  private static String errOf(Driver driver) {
    try {
      return driver.err();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The rows of the embedded run, each once, and no file more than it has. */
  private static void isWhole(String output) throws IOException {
    assertEquals(expected, SweepBench.values(bench.rows(output)));
    assertEquals(resultFiles("embedded"), resultFiles(output));
    assertEquals(
        List.of(), bench.files(output).stream().filter(f -> f.startsWith("_staging")).toList());
  }

  /** All but the runs' manifests, whose names are those of the runs. */
  private static List<String> resultFiles(String output) throws IOException {
    return bench.files(output).stream().filter(file -> !file.startsWith("runs/")).toList();
  }

  @Test
  void rowsAreThoseOfAnEmbeddedRun() throws Exception {
    Driver driver = sweep(bench, "plain");
    assertEquals(0, driver.finish(), driver.err());
    assertEquals(
        "%d cells measured, 0 failed, 0 were there already\n".formatted(UNITS * CELLS),
        driver.out());
    isWhole("plain");
  }

  @Test
  void aKilledExecutorLosesAndDoublesNothing() throws Exception {
    Driver driver = sweep(bench, "executor");
    waitFor(driver, "executor", 2);
    List<ProcessHandle> executors = cluster.executors();
    assertFalse(executors.isEmpty(), driver.err());
    ProcessHandle killed = executors.get(0);
    killed.destroyForcibly();
    assertTrue(bench.published("executor") < UNITS, "killed too late");
    assertEquals(0, driver.finish(), driver.err());
    assertTrue(driver.err().contains("Lost executor"), driver.err());
    isWhole("executor");
  }

  @Test
  void aKilledDriverIsResumed() throws Exception {
    Driver driver = sweep(bench, "driver");
    waitFor(driver, "driver", 3);
    driver.kill();
    int left = bench.published("driver");
    assertTrue(left < UNITS, "killed too late");
    bench.rows("driver").forEach((key, row) -> assertEquals(expected.get(key), value(key, row)));
    Driver again = sweep(bench, "driver");
    assertEquals(0, again.finish(), again.err());
    isWhole("driver");
    // Executors that the dead driver left may have published what they were at.
    assertTrue(again.out().matches("[0-9]+ cells measured, 0 failed, [0-9]+ were.*\n"));
    String[] said = again.out().split("\\D+");
    assertEquals(UNITS * CELLS, Integer.parseInt(said[0]) + Integer.parseInt(said[2]));
    assertTrue(Integer.parseInt(said[2]) >= left * CELLS, again.out());
  }

  private static String value(String key, ResultRow row) {
    return SweepBench.values(Map.of(key, row)).get(key);
  }

  /** An executor that hangs, until another has tried its unit, too: both then publish it. */
  @Test
  void speculativeTasksDoubleNothing() throws Exception {
    Driver driver =
        sweep(
            bench,
            "speculation",
            "--conf",
            "spark.speculation=true",
            "--conf",
            "spark.speculation.interval=10ms",
            "--conf",
            "spark.speculation.multiplier=1.01",
            "--conf",
            "spark.speculation.quantile=0.1",
            "--conf",
            "spark.speculation.minTaskRuntime=1ms");
    waitFor(driver, "speculation", 3);
    List<ProcessHandle> executors = cluster.executors();
    assertFalse(executors.isEmpty(), driver.err());
    SparkCluster.signal("STOP", executors.get(0));
    try {
      driver.waitForErr(SECOND_ATTEMPT, 1, 120_000);
    } finally {
      SparkCluster.signal("CONT", executors.get(0));
    }
    assertEquals(0, driver.finish(), driver.err());
    isWhole("speculation");
  }

  /**
   * A unit that ends every JVM which opens it, as the operating system does for want of memory:
   * four times with the others, four times alone.
   */
  @Test
  void aUnitThatKillsItsExecutorIsFailedRows() throws Exception {
    SweepBench poisoned =
        new SweepBench(Files.createDirectory(folder.resolve("poisoned")))
            .with(SweepBench.small().prompts(List.of("a", "b")).layers(2))
            .with(
                SweepBench.small().model("large").prompts(List.of("poison")).layers(1).tokens(80));
    poisoned.yaml("methods: ['rtn(bits=[2,4])']", "kinds: [key]");
    List<String> command = new ArrayList<>(poisoned.command("o"));
    command.set(
        command.indexOf("--dataset") + 1, PoisonFileSystem.SCHEME + "://" + poisoned.dataset());
    Path classes = Path.of("target", "test-classes").toAbsolutePath();
    List<String> options = new ArrayList<>(List.of("--driver-class-path", classes.toString()));
    options.addAll(List.of("--conf", "spark.executor.extraClassPath=" + classes));
    PoisonFileSystem.settings(true)
        .forEach(
            (key, value) -> options.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
    Driver driver = cluster.submit(options, command);
    assertEquals(3, driver.finish(), driver.err());
    assertTrue(
        driver.out().startsWith("8 cells measured, 2 failed, 0 were there already"), driver.out());
    for (ResultRow row : poisoned.rows("o").values()) {
      boolean poison = row.get(ResultColumn.PROMPT).equals("poison");
      assertEquals(!poison, row.measured(), row::toString);
      if (poison) {
        String error = row.get(ResultColumn.ERROR).toString();
        assertTrue(
            error.startsWith("large/poison layer 0: 4 executors were lost while they measured"),
            error);
        assertTrue(error.endsWith("and sweep again with --retry-failed"), error);
      }
    }
  }

  @Test
  void sqlFunctions() throws Exception {
    String tensor = "payload, dtype, tokens, heads, head_dim";
    String sql =
        """
        SELECT prompt, layer, kv_roundtrip_blocks(token_start, %1$s, 'svdq(bits=1.25)') AS blocks,
          max(kv_roundtrip(%1$s, 'kivi(bits=2)')) AS row
        FROM parquet.`%2$s/tensors/*` WHERE kind = 'key'
        GROUP BY prompt, layer ORDER BY prompt, layer"""
            .formatted(tensor, bench.dataset());
    List<String> args =
        new ArrayList<>(List.of("query", bench.output("embedded").toString(), sql, "--json"));
    SweepBench.Said embedded = SweepBench.run(args.toArray(new String[0]));
    assertEquals(0, embedded.code(), embedded.err());
    assertEquals(UNITS + 2, embedded.out().lines().count(), embedded.out());
    Driver driver =
        cluster.submit(
            List.of(
                "--conf",
                "spark.sql.extensions=" + KvSweepExtensions.class.getName(),
                "--jars",
                SparkHome.jobJar()),
            args);
    assertEquals(0, driver.finish(), driver.err());
    assertEquals(embedded.out(), driver.out());
  }
}
