package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drivers that are killed in the middle, one of them politely: the same command loses nothing and
 * doubles nothing. {@code -Dkvsweep.full=true} kills more of them.
 */
class SweepKillTest {
  private static final boolean FULL = Boolean.getBoolean("kvsweep.full");
  private static final int UNITS = FULL ? 24 : 16;
  private static final int CELLS = 3;

  /** One of them a stop by SIGTERM: with those while publishing, 20 by SIGKILL. */
  private static final int KILLS = FULL ? 11 : 2;

  private static final int KILLS_WHILE_PUBLISHING = FULL ? 10 : 1;

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void workOfSomeSeconds() {
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
    bench.yaml("methods: ['svdq(bits=[1.25,4])', 'kivi(bits=2)']", "kinds: [key]");
  }

  private Driver start(String output, String master) throws IOException {
    return Driver.start(folder, bench.command(output, "--master", master));
  }

  /** Waits until this many files are published; false if the driver ended before. */
  private boolean reaches(Driver driver, String output, int files)
      throws IOException, InterruptedException {
    while (driver.isAlive()) {
      if (bench.published(output) >= files) {
        return true;
      }
      Thread.sleep(5);
    }
    return false;
  }

  @Test
  void killedSweepsGoOn() throws Exception {
    // One thread in another JVM and two here: neither may be seen in the rows.
    Map<String, ResultRow> whole;
    try (Driver driver = start("whole", "local[1]")) {
      assertEquals(0, driver.finish(), driver.err());
      whole = bench.rows("whole");
      assertEquals(UNITS * CELLS, whole.size());
      assertFalse(driver.err().matches("(?s).*( WARN | ERROR |\tat ).*"), driver.err());
    }
    Random random = new Random(11);
    List<Integer> left = new ArrayList<>();
    while (left.size() < KILLS) {
      int before = bench.published("o");
      // With every unit done there is nothing to kill: begin anew.
      String output = before >= UNITS - 2 ? renew() : "o";
      try (Driver driver = start(output, "local[2]")) {
        int wanted = bench.published(output) + 1 + random.nextInt(3);
        if (reaches(driver, output, wanted)) {
          if (left.isEmpty()) {
            refusesASecondSweep(driver);
          }
          if (left.size() == 1) {
            driver.stop();
            assertFalse(driver.err().contains("\tat "), driver.err());
            assertFalse(driver.err().contains("bug"), driver.err());
          } else {
            driver.kill();
          }
          left.add(bench.published(output));
          theRestIsWhole(whole);
        }
      }
    }
    int before = bench.published("o");
    SweepBench.Said said = bench.sweep("o");
    assertEquals(0, said.code(), said.err());
    assertEquals(
        "%d cells measured, 0 failed, %d were there already\n"
            .formatted((UNITS - before) * CELLS, before * CELLS),
        said.out());
    assertEquals(SweepBench.values(whole), SweepBench.values(bench.rows("o")));
    assertEquals(UNITS, bench.published("o"));
    assertEquals(files("results"), files("spectra"));
    assertEquals(
        List.of(), bench.files("o").stream().filter(f -> f.startsWith("_staging")).toList());
    assertTrue(left.stream().anyMatch(files -> files < UNITS), () -> "killed too late: " + left);
  }

  /** What is published at any time is right and complete by file. */
  private void theRestIsWhole(Map<String, ResultRow> whole) throws IOException {
    Map<String, String> expected = SweepBench.values(whole);
    SweepBench.values(bench.rows("o")).forEach((key, row) -> assertEquals(expected.get(key), row));
    diagnosesAreThere();
  }

  /** What counts as done has its spectra; at most the units in flight have them already. */
  private void diagnosesAreThere() throws IOException {
    List<String> results = files("results");
    List<String> spectra = files("spectra");
    assertTrue(spectra.containsAll(results), () -> results + " but " + spectra);
  }

  private List<String> files(String below) throws IOException {
    return bench.files("o").stream()
        .filter(file -> file.startsWith(below + "/"))
        .map(file -> file.substring(below.length()))
        .toList();
  }

  /** Killed at the moment when a task has begun to write a file that is not in its place yet. */
  @Test
  void killsWhilePublishing() throws Exception {
    assertEquals(0, bench.sweep("whole").code());
    Map<String, ResultRow> whole = bench.rows("whole");
    int kills = 0;
    int hits = 0;
    while (kills < KILLS_WHILE_PUBLISHING) {
      String output = bench.published("o") >= UNITS - 2 ? renew() : "o";
      try (Driver driver = start(output, "local[2]")) {
        // Something is published by this run, so that all of its classes are loaded.
        if (reaches(driver, output, bench.published(output) + 1) && awaitStaged(driver)) {
          driver.kill();
          kills++;
          hits += staged() > 0 ? 1 : 0;
          theRestIsWhole(whole);
        }
      }
    }
    System.out.printf("%d of %d kills left a staged file%n", hits, kills);
    assertTrue(hits > 0 || !FULL, "no kill left a staged file");
    SweepBench.Said said = bench.sweep("o");
    assertEquals(0, said.code(), said.err());
    assertEquals(SweepBench.values(whole), SweepBench.values(bench.rows("o")));
    assertEquals(UNITS, bench.published("o"));
    assertEquals(files("results"), files("spectra"));
    assertEquals(0, staged());
  }

  /** Looks without a pause: a file is staged for some milliseconds. */
  private boolean awaitStaged(Driver driver) throws IOException {
    while (driver.isAlive()) {
      if (staged() > 0) {
        return true;
      }
    }
    return false;
  }

  /** Files of results and spectra that are not in their places. */
  private int staged() {
    int staged = 0;
    // No list where there is no folder: a run that ends takes its own away.
    String[] runs = bench.output("o").resolve("_staging").toFile().list();
    for (String run : runs == null ? new String[0] : runs) {
      if (!run.equals("unlocked")) {
        String[] files = bench.output("o").resolve("_staging").resolve(run).toFile().list();
        staged += files == null ? 0 : files.length;
      }
    }
    return staged;
  }

  private void refusesASecondSweep(Driver driver) {
    SweepBench.Said said = bench.sweep("o");
    assertEquals(2, said.code(), said.err());
    assertTrue(said.err().contains("process " + driver.pid()), said.err());
  }

  private String renew() throws IOException {
    Files.move(bench.output("o"), bench.output("o-" + System.nanoTime()));
    return "o";
  }

  @Test
  @EnabledIfSystemProperty(named = "kvsweep.full", matches = "true")
  void aUnitThatDoesNotFitIsAFailedRow() throws Exception {
    bench.with(
        SweepBench.small()
            .model("huge")
            .prompts(List.of("a"))
            .layers(1)
            .tokens(60_000)
            .kvHeads(8)
            .queryHeads(8)
            .headDim(128));
    bench.yaml("methods: ['rtn(bits=4)', none]", "kinds: [key]", "layers: 0");
    try (Driver driver = start("o", "local[1]")) {
      assertEquals(3, driver.finish(), driver.err());
      assertFalse(driver.err().contains("\tat "), driver.err());
    }
    for (ResultRow row : bench.rows("o").values()) {
      boolean huge = row.get(ResultColumn.MODEL).equals("huge");
      assertEquals(huge ? "failed" : "measured", row.get(ResultColumn.STATUS));
      assertEquals(
          huge,
          String.valueOf(row.get(ResultColumn.ERROR))
              .startsWith("huge/a layer 0 does not fit with 2 cells at once into a heap of "));
    }
  }
}
