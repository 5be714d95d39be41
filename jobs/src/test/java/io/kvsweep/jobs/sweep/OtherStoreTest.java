package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunManifest;
import io.kvsweep.jobs.storage.ShelfFileSystem;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on a store without locks, whose renames refuse an existing target. */
class OtherStoreTest {
  private static final String SETTING = "spark.hadoop.fs." + ShelfFileSystem.SCHEME + ".impl";

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void twoUnits() {
    System.setProperty(SETTING, ShelfFileSystem.class.getName());
    bench = new SweepBench(folder).with(SweepBench.small().prompts(List.of("a")));
    bench.yaml("methods: ['rtn(bits=2)']", "kinds: [key]");
  }

  @AfterEach
  void noSetting() {
    System.clearProperty(SETTING);
  }

  private String shelf(String name) {
    return ShelfFileSystem.SCHEME + "://" + bench.output(name);
  }

  private SweepBench.Said sweep(String... more) {
    List<String> args = new ArrayList<>(bench.command("o", more));
    args.set(args.indexOf("--out") + 1, shelf("o"));
    return SweepBench.run(args.toArray(new String[0]));
  }

  /** What is measured takes the place of what failed, and the end of a run that of its begin. */
  @Test
  void retriedRowsAndEndsOfRunsReplaceWhatIsThere() throws IOException {
    assertEquals(0, sweep().code());
    ResultStore store = ResultStore.create(shelf("o"), ShelfFileSystem.configuration());
    List<org.apache.hadoop.fs.Path> measured = store.files();
    String unit = null;
    for (org.apache.hadoop.fs.Path file : measured) {
      List<ResultRow> rows = new ArrayList<>();
      for (ResultRow row : store.read(file, List.of(ResultColumn.values()))) {
        unit = (String) row.get(ResultColumn.UNIT_ID);
        rows.add(
            row.with()
                .set(ResultColumn.STATUS, Status.FAILED.label())
                .set(ResultColumn.ERROR, "no room")
                .build());
      }
      Files.delete(folder.resolve("o/results").resolve(file.getName()));
      store.publish("r", unit, rows);
    }
    SweepBench.Said retried = sweep("--retry-failed");
    assertEquals(0, retried.code(), retried.err());
    assertEquals(measured, store.files());
    for (org.apache.hadoop.fs.Path file : store.files()) {
      for (ResultRow row : store.read(file, List.of(ResultColumn.values()))) {
        assertTrue(row.measured());
      }
    }
    List<RunManifest> runs = store.runs();
    assertEquals(2, runs.size());
    assertTrue(runs.stream().allMatch(run -> run.finished() != null), runs.toString());
  }

  @Test
  void datasetsAreMadeAndAddedTo() throws IOException {
    String[] synth = {"synth", "--layers", "1", "--tokens", "64", "--out", shelf("d"), "--prompts"};
    Path live = folder.resolve("d/_staging/live/tensors/part.parquet");
    Path dead = folder.resolve("d/_staging/dead/tensors/part.parquet");
    for (String prompt : List.of("a", "b")) {
      List<String> args = new ArrayList<>(List.of(synth));
      args.add(prompt);
      SweepBench.Said said = SweepBench.run(args.toArray(new String[0]));
      assertEquals(0, said.code(), said.err());
      // Nobody is kept away: what another import wrote a moment ago is none of our business.
      for (Path file : List.of(live, dead)) {
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[9]);
      }
      FileTime old = FileTime.from(Instant.now().minus(Duration.ofMinutes(61)));
      for (Path path = dead; !path.endsWith("_staging"); path = path.getParent()) {
        Files.setLastModifiedTime(path, old);
      }
    }
    SweepBench.Said verified = SweepBench.run("verify", shelf("d"));
    assertEquals(0, verified.code(), verified.err());
    SweepBench.Said again =
        SweepBench.run("synth", "--layers", "1", "--tokens", "64", "--out", shelf("d"));
    assertEquals(0, again.code(), again.err());
    assertTrue(Files.exists(live));
    assertFalse(Files.exists(folder.resolve("d/_staging/dead")));
  }

  @Test
  void aSweepWhoseLockWasTakenOverStopsAndLeavesTheOtherAlone() {
    SweepConfig config =
        bench.config(
            "dataset: " + bench.dataset(),
            "output: " + shelf("o"),
            "methods: ['rtn(bits=2)']",
            "kinds: [key]");
    Path staged = folder.resolve("o/_staging/run-of-the-other/half.parquet");
    SweepProgress other =
        new SweepProgress() {
          @Override
          public void phase(String text) {}

          @Override
          public void note(String text) {}

          @Override
          public void measuring(long cells) {
            try {
              Files.createDirectories(staged.getParent());
              Files.write(staged, new byte[9]);
              Files.writeString(
                  folder.resolve("o/_staging/sweep.lock"), "host far, process 7\nits token\n");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public void done(long cells, long failed, long values) {}
        };
    Sweep sweep = new Sweep(config, Sweep.Options.NONE, ShelfFileSystem.configuration());
    assertEquals(
        "another sweep has taken over shelf:%s (host far, process 7), as this one did not renew its lock for 5 minutes; this one stops, and what it published stays"
            .formatted(bench.output("o")),
        assertThrows(InvalidInputException.class, () -> sweep.run(TestSpark::session, other))
            .getMessage());
    assertTrue(Files.exists(staged));
    assertTrue(Files.exists(folder.resolve("o/_staging/sweep.lock")), "it is the other's");
    ResultStore store = ResultStore.open(shelf("o"), ShelfFileSystem.configuration());
    assertEquals(2, store.files().size());
    assertEquals(null, store.runs().get(0).finished());
  }

  @Test
  void neitherADatasetTakesResultsNorResultsADataset() {
    SweepBench.Said swept = bench.sweep("dataset");
    assertEquals(2, swept.code());
    assertTrue(
        swept
            .err()
            .contains(
                "kvsweep: %s is a dataset (it has dataset.json), expected a folder for results: give another --out"
                    .formatted(bench.dataset())),
        swept.err());
    assertFalse(Files.exists(bench.dataset().resolve("results")));
    assertEquals(0, bench.sweep("o").code());
    SweepBench.Said made = SweepBench.run("synth", "--out", bench.output("o").toString());
    assertEquals(2, made.code());
    assertEquals(
        "kvsweep: %s holds the results of sweeps (it has results/, runs/), expected a folder for a dataset: give another --out\n"
            .formatted(bench.output("o")),
        made.err());
    assertFalse(Files.exists(bench.output("o").resolve("dataset.json")));
  }
}
