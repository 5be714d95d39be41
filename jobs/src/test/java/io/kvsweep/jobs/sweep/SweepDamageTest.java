package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sweeps over datasets and outputs with which something is wrong. */
class SweepDamageTest {
  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void twoPrompts() {
    bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml("methods: [none, 'rtn(bits=2)']", "kinds: [key]");
  }

  private Path tensors(String prompt) throws IOException {
    try (var files = Files.walk(bench.dataset().resolve("tensors"))) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.toString().contains("__" + prompt))
          .findFirst()
          .orElseThrow();
    }
  }

  private void promptAHasFailed(SweepBench.Said said, String place) {
    assertEquals(3, said.code(), said.err());
    assertTrue(said.out().startsWith("4 cells measured, 4 failed, 0 were there already; 4 failed"));
    assertFalse(said.err().contains("\tat "), said.err());
    Map<String, ResultRow> rows = bench.rows("o");
    assertEquals(8, rows.size());
    for (ResultRow row : rows.values()) {
      boolean damaged = row.get(ResultColumn.PROMPT).equals("a");
      assertEquals(damaged ? "failed" : "measured", row.get(ResultColumn.STATUS));
      if (damaged) {
        assertTrue(row.get(ResultColumn.ERROR).toString().contains(place), row::toString);
      }
    }
  }

  @Test
  void aTruncatedFileFailsItsUnitsAlone() throws Exception {
    Path file = tensors("a");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 500));
    promptAHasFailed(bench.sweep("o"), file.toString());
  }

  @Test
  void aMissingFileFailsItsUnitsAlone() throws Exception {
    Path file = tensors("a");
    Files.delete(file);
    promptAHasFailed(bench.sweep("o"), file.toString());
  }

  @Test
  void whatFailedIsTriedAgainOnRequest() throws Exception {
    Path file = tensors("a");
    Path away = Files.move(file, folder.resolve("away"));
    assertEquals(3, bench.sweep("o").code());
    Files.move(away, file);
    SweepBench.Said still = bench.sweep("o");
    assertEquals(3, still.code());
    assertEquals(
        "0 cells measured, 0 failed, 8 were there already; 4 failed in all: 'kvsweep aggregate'"
            + " lists them, 'kvsweep sweep --retry-failed' tries them again\n",
        still.out());
    SweepBench.Said again = bench.sweep("o", "--retry-failed");
    assertEquals(0, again.code(), again.err());
    assertEquals("4 cells measured, 0 failed, 4 were there already\n", again.out());
    bench.sweep("whole");
    assertEquals(SweepBench.values(bench.rows("whole")), SweepBench.values(bench.rows("o")));
    assertEquals(0, bench.sweep("o", "--retry-failed").code());
  }

  @Test
  void whatFailsAgainIsCountedOnce() throws Exception {
    Files.delete(tensors("a"));
    assertEquals(3, bench.sweep("o").code());
    SweepBench.Said again = bench.sweep("o", "--retry-failed");
    assertEquals(3, again.code());
    assertTrue(
        again.out().startsWith("0 cells measured, 4 failed, 4 were there already; 4 failed in all"),
        again.out());
    assertEquals(8, bench.rows("o").size());
  }

  @Test
  void everyByteThatIsDamagedIsNoticed() throws Exception {
    // Wherever the byte is, the rows are the right ones or failed ones.
    bench.sweep("good");
    Map<String, String> good = SweepBench.values(bench.rows("good"));
    Path file = tensors("a");
    byte[] bytes = Files.readAllBytes(file);
    int failures = 0;
    for (int i = 0; i < 12; i++) {
      byte[] damaged = bytes.clone();
      damaged[4 + i * (bytes.length - 8) / 12] ^= 0x20;
      Files.write(file, damaged);
      String output = "o" + i;
      SweepBench.Said said = bench.sweep(output);
      assertFalse(said.err().contains("\tat "), said.err());
      Map<String, ResultRow> rows = bench.rows(output);
      assertEquals(8, rows.size());
      rows.values().removeIf(row -> !row.measured());
      assertEquals(rows.size() == 8 ? 0 : 3, said.code());
      failures += 8 - rows.size();
      SweepBench.values(rows).forEach((key, row) -> assertEquals(good.get(key), row));
    }
    assertTrue(failures >= 8, "only " + failures + " failed rows");
  }

  @Test
  void aDatasetThatChangedSincePlanningFailsItsUnits() throws Exception {
    SweepPlan plan =
        SweepPlan.of(
            bench.config("methods: [none]", "kinds: [key]", "prompts: [a]", "layers: 0"),
            bench.manifest(),
            Methods.STANDARD,
            DoneCells.read(bench.store("o")));
    try (var files = Files.walk(bench.dataset())) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    bench.with(SweepBench.small().seed(8));
    List<Row> units =
        new SweepJob(
                TestSpark.session(), bench.dataset().toString(), bench.store("o"), "run", "code")
            .measured(plan)
            .collectAsList();
    ResultRow row = ResultRows.fromRow(units.get(0).<Row>getList(2).get(0));
    assertEquals("failed", row.get(ResultColumn.STATUS));
    assertTrue(
        row.get(ResultColumn.ERROR)
            .toString()
            .startsWith("small/a layer 0: the dataset changed since the sweep was planned (unit "),
        row.get(ResultColumn.ERROR)::toString);
    assertEquals(plan.units().get(0).key().unitId(), row.get(ResultColumn.UNIT_ID));
  }

  private void refused(SweepBench.Said said, String message) {
    assertEquals(2, said.code(), said.err());
    assertTrue(said.err().contains(message), said.err());
    assertFalse(said.err().contains("\tat "), said.err());
    assertEquals("", said.out());
  }

  @Test
  void unwritableOutput() throws Exception {
    Files.writeString(bench.output("o"), "a file");
    refused(bench.sweep("o"), "cannot write " + bench.output("o"));
    assertEquals("a file", Files.readString(bench.output("o")));
  }

  @Test
  void noDataset() throws Exception {
    try (var files = Files.walk(bench.dataset())) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    refused(bench.sweep("o"), bench.dataset() + ": no such dataset folder; make it with");
    Files.createDirectories(bench.dataset());
    refused(bench.sweep("o"), bench.dataset() + ": no dataset, dataset.json is missing");
    assertFalse(Files.exists(bench.output("o")));
  }

  @Test
  void emptyDataset() throws Exception {
    Path json = bench.dataset().resolve("dataset.json");
    String text = Files.readString(json);
    Files.writeString(
        json,
        text.replaceAll("(?s)\"models\".*", "\"models\": [], \"prompts\": [], \"files\": []}"));
    refused(bench.sweep("o"), bench.dataset() + ": the dataset is empty");
    assertFalse(Files.exists(bench.output("o")));
  }

  @Test
  void aSelectionOfNothingLeavesNothing() {
    bench.yaml("methods: [none]", "models: [nobody]");
    refused(bench.sweep("o"), "no model matches 'nobody'; the dataset has: small");
    assertFalse(Files.exists(bench.output("o")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"locl[2]", "local[0]", "local-cluster[x]", "spark://", "k8s", ""})
  void aMasterThatIsNoneLeavesNothing(String master) {
    refused(
        bench.sweep("o", "--master", master),
        "'%s' is no Spark master: expected local[*], local[N], spark://HOST:PORT, yarn or k8s://"
            .formatted(master));
    assertFalse(Files.exists(bench.output("o")));
  }

  @Test
  void aDatasetThatIsNoPath() {
    refused(
        SweepBench.run(
            "sweep",
            folder.resolve("sweep.yaml").toString(),
            "--dataset",
            "a:b",
            "--out",
            bench.output("o").toString()),
        "'a:b' is not a path: ");
    assertFalse(Files.exists(bench.output("o")));
  }

  @Test
  void aResultFileThatIsNoneIsNamed() throws Exception {
    bench.sweep("o");
    Path file = bench.output("o").resolve("results/zz.parquet");
    Files.writeString(file, "not Parquet");
    refused(bench.sweep("o"), file + ": not a readable Parquet file");
    // Spark takes it for a file without rows.
    Files.write(file, new byte[0]);
    String output = bench.output("o").toString();
    for (SweepBench.Said said :
        List.of(
            bench.sweep("o"),
            SweepBench.run("aggregate", output),
            SweepBench.run("query", output, "SELECT 1"),
            SweepBench.run("compare", output, output),
            SweepBench.run("report", output),
            SweepBench.run("claims", output))) {
      refused(said, file + ": not a readable result file (it has 0 bytes); no sweep wrote it");
    }
    Files.delete(file);
    assertEquals(0, bench.sweep("o").code());
  }
}
