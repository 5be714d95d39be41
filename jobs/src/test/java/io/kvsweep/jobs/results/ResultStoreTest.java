package io.kvsweep.jobs.results;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.storage.OutputLock;
import io.kvsweep.jobs.storage.ShelfFileSystem;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultStoreTest {
  @TempDir Path folder;

  private ResultStore store() {
    return ResultStore.create(folder.toString(), new Configuration(false));
  }

  private static List<ResultRow> rows(int layer, String... cells) {
    List<ResultRow> rows = new ArrayList<>();
    for (String cell : cells) {
      rows.add(TestRows.measured(cell, "m", "p", layer, 0.1, 40));
    }
    return rows;
  }

  private static String unit(int layer) {
    return TestRows.unit("m", "p", layer);
  }

  private List<String> tree() throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void theNameDependsOnUnitAndCellsOnly() throws IOException {
    ResultStore store = store();
    String name = store.publish("run-1", unit(0), rows(0, "a", "b")).get(0);
    assertEquals(List.of(name), store.publish("run-2", unit(0), rows(0, "b", "a")));
    assertTrue(name.matches("unit-m-p-0-[0-9a-f]{32}\\.parquet"), name);
    assertEquals(List.of("results/" + name), tree());
    assertEquals(2, DoneCells.read(store).size());
  }

  @Test
  void aBatchIsOfOneUnit() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> store().publish("r", unit(1), rows(0, "a")));
    assertEquals("a row of unit unit-m-p-0 in a batch of unit unit-m-p-1", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", ShelfFileSystem.SCHEME})
  void concurrentPublishersOfTheSameBatch(String scheme) throws Exception {
    ResultStore store =
        ResultStore.create(scheme + "://" + folder, ShelfFileSystem.configuration());
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<String>>> tasks =
          IntStream.range(0, 32)
              .mapToObj(
                  i ->
                      (Callable<List<String>>)
                          () -> store.publish("run-1", unit(i % 2), rows(i % 2, "a", "b")))
              .toList();
      for (Future<List<String>> task : pool.invokeAll(tasks)) {
        task.get();
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(2, store.files().size());
    assertEquals(4, DoneCells.read(store).size());
    assertEquals(2, tree().size());
  }

  @Test
  void executorsPublish() {
    ResultStore store = store();
    new JavaSparkContext(TestSpark.session().sparkContext())
        .parallelize(List.of(0, 1, 2), 3)
        .foreach(layer -> store.publish("run-1", unit(layer), rows(layer, "a")));
    assertEquals(3, DoneCells.read(store).size());
  }

  @Test
  void leftoversOfDeadRunsGoAndResultsStay() throws IOException {
    ResultStore store = store();
    store.publish("run-1", unit(0), rows(0, "a"));
    Path dead = folder.resolve("_staging/run-0/half.parquet.1");
    Files.createDirectories(dead.getParent());
    Files.write(dead, new byte[] {'P', 'A', 'R'});
    OutputLock lock = store.lock();
    store.sweepLeftovers();
    assertFalse(Files.exists(dead.getParent()));
    assertTrue(Files.exists(folder.resolve("_staging/sweep.lock")), "the lock must stay");
    lock.close();
    assertEquals(1, tree().size());
    assertEquals(1, DoneCells.read(store).size());
  }

  @Test
  void aTableThatAKilledAggregationBeganGoesOnceNobodyCanBeWritingIt() throws IOException {
    ResultStore store = store();
    Path dead = folder.resolve("_staging/unlocked/summary.csv.1");
    Path live = folder.resolve("_staging/unlocked/summary.csv.2");
    Files.createDirectories(dead.getParent());
    for (Runnable sweep : List.<Runnable>of(store::sweepAbandoned, store::sweepLeftovers)) {
      Files.writeString(dead, "model,");
      Files.writeString(live, "model,");
      // A lock that was not renewed for five minutes counts for nothing, and so does this.
      Files.setLastModifiedTime(
          dead, FileTime.from(Instant.now().minus(Duration.ofMinutes(5).plusSeconds(1))));
      sweep.run();
      assertEquals(List.of("_staging/unlocked/summary.csv.2"), tree());
    }
  }

  @Test
  void tablesAreWrittenWhileOthersWriteThemAndASweepStarts() throws Exception {
    ResultStore store = store();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Object>> tasks =
          List.of(
              () -> repeat(() -> store.writeTable("summary.csv", "one".getBytes(UTF_8))),
              () -> repeat(() -> store.writeTable("summary.csv", "two".getBytes(UTF_8))),
              () -> repeat(store::sweepLeftovers),
              () -> repeat(this::store));
      for (Future<Object> task : pool.invokeAll(tasks)) {
        task.get();
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(List.of("tables/summary.csv"), tree());
    assertTrue(List.of("one", "two").contains(Files.readString(folder.resolve(tree().get(0)))));
  }

  private static Object repeat(Runnable action) {
    IntStream.range(0, 200).forEach(i -> action.run());
    return action;
  }

  @Test
  void measuredBeatsFailed() {
    ResultStore store = store();
    ResultRow failed = TestRows.failed("a", "m", "p", 0, "no");
    store.publish("run-1", unit(0), List.of(failed));
    assertEquals(Optional.of(Status.FAILED), DoneCells.read(store).status("a", unit(0)));
    store.publish("run-2", unit(0), rows(0, "a", "b"));
    DoneCells done = DoneCells.read(store);
    assertEquals(Optional.of(Status.MEASURED), done.status("a", unit(0)));
    assertEquals(Optional.empty(), done.status("a", unit(1)));
    assertEquals(2, done.size());
  }

  /** An executor that Spark believes dead, or a second attempt, fails what another has measured. */
  @Test
  void whoFailsLateReplacesNothingMeasured() throws IOException {
    ResultStore store = store();
    String measured = store.publish("run-1", unit(0), rows(0, "a", "b")).get(0);
    byte[] bytes = Files.readAllBytes(folder.resolve("results/" + measured));
    List<String> late =
        store.publish(
            "run-1",
            unit(0),
            List.of(
                TestRows.failed("a", "m", "p", 0, "no"), TestRows.failed("b", "m", "p", 0, "no")));
    assertEquals(List.of(measured.replace(".parquet", "-failed.parquet")), late);
    // One of two cells fails: what it has measured does not replace the other's either.
    List<ResultRow> half = new ArrayList<>(rows(0, "a"));
    half.add(TestRows.failed("b", "m", "p", 0, "no"));
    assertEquals(2, store.publish("run-1", unit(0), half).size());
    assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("results/" + measured)));
    DoneCells done = DoneCells.read(store);
    assertEquals(Optional.of(Status.MEASURED), done.status("a", unit(0)));
    assertEquals(Optional.of(Status.MEASURED), done.status("b", unit(0)));
  }

  @Test
  void failuresThatWereMendedAreTidiedAway() throws IOException {
    ResultStore store = store();
    ResultRow a = TestRows.failed("a", "m", "p", 0, "no");
    ResultRow b = TestRows.failed("b", "m", "p", 0, "no");
    String both = store.publish("run-1", unit(0), List.of(a, b)).get(0);
    String other =
        store.publish("run-1", unit(1), List.of(TestRows.failed("a", "m", "p", 1, "no"))).get(0);
    String first = store.publish("run-2", unit(0), rows(0, "a")).get(0);
    store.deleteMended(DoneCells.read(store));
    assertEquals(Set.of(both, other, first), published(), "b is not measured");
    String second = store.publish("run-3", unit(0), rows(0, "b")).get(0);
    store.deleteMended(DoneCells.read(store));
    assertEquals(Set.of(other, first, second), published());
  }

  private Set<String> published() throws IOException {
    return tree().stream().map(file -> file.replace("results/", "")).collect(Collectors.toSet());
  }

  @Test
  void thousandsOfFiles() {
    ResultStore store = store();
    byte[] bytes = ResultParquet.write(rows(0, "a"));
    IntStream.range(0, 2000)
        .forEach(
            i -> {
              try {
                Files.write(folder.resolve("results/" + i + ".parquet"), bytes);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    assertEquals(1, DoneCells.read(store).size());
    long start = System.nanoTime();
    store.requireResults();
    System.out.printf("2,000 footers looked at in %.2f s%n", (System.nanoTime() - start) * 1e-9);
  }

  @Test
  void aForeignFileIsNamed() throws IOException {
    ResultStore store = store();
    store.publish("run-1", unit(0), rows(0, "a"));
    Files.writeString(folder.resolve("results/notes.txt"), "hello");
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> DoneCells.read(store));
    assertTrue(
        e.getMessage().startsWith(folder + "/results/notes.txt: not a readable Parquet file"),
        e.getMessage());
  }

  @Test
  void storesWithAnotherScheme() throws IOException {
    ResultStore store = ResultStore.create("shelf://" + folder, ShelfFileSystem.configuration());
    String name = store.publish("run-1", unit(0), rows(0, "a")).get(0);
    store.publish("run-2", unit(0), rows(0, "a"));
    assertEquals(List.of("results/" + name), tree());
  }

  @Test
  void unwritableOutput() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, "x");
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> ResultStore.create(file + "/out", new Configuration(false)));
    assertTrue(
        e.getMessage().startsWith("cannot write " + file + "/out/_staging: "), e.getMessage());
    assertTrue(e.getMessage().endsWith("; check the path, its permissions and the room left"));
  }

  @Test
  void nothingToRead() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> ResultStore.open(folder.toString(), new Configuration(false)));
    assertEquals(
        "no results in %s: expected Parquet files in %s/results; run 'kvsweep sweep CONFIG.yaml --out %s' first"
            .formatted(folder, folder, folder),
        e.getMessage());
  }
}
