package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConcurrentImportTest extends DatasetTestBase {
  private static MemorySource source(String prompt, long seed) {
    return Fixtures.source("m", prompt, 1, new TensorShape(8, 2, 4), DType.F16, 0, seed);
  }

  private String locked() {
    return root().resolve("_import.lock") + " is locked: another import runs on this dataset";
  }

  /** Takes the lock, says so, and holds it until killed. */
  public static final class Holder {
    public static void main(String[] args) throws Exception {
      ImportLock.acquire(new Store(hadoop(Path.of(args[0])), CONF));
      System.out.println("locked");
      Thread.sleep(TimeUnit.MINUTES.toMillis(1));
    }
  }

  @Test
  void anotherProcessIsRefusedUntilTheFirstIsKilled() throws Exception {
    Path capture = Fixtures.capture(folder, source("a", 1));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                root().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      byte[] line = process.getInputStream().readNBytes("locked".length());
      assertEquals("locked", new String(line, StandardCharsets.UTF_8));
      refusal(() -> importAll(capture), locked());
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertEquals(1, importAll(capture).added());
    assertFalse(Files.exists(root().resolve("_import.lock")));
  }

  @Test
  void aSecondImportIsRefusedAndTheFirstIsWhole() {
    Path a = Fixtures.capture(folder, source("a", 1));
    Path b = Fixtures.capture(folder, source("b", 2));
    List<String> said = new ArrayList<>();
    CaptureImporter first =
        new CaptureImporter(
            hadoop(root()),
            CONF,
            line -> { // staged, not committed
              said.add(line);
              Map<String, Integer> before = snapshot(root());
              refusal(() -> importAll(b), locked());
              assertEquals(before, snapshot(root()));
            });
    assertEquals(1, first.importPaths(List.of(a.toString())).added());
    assertEquals(1, said.size());
    assertEquals(1, importAll(b).added());
    assertEquals(List.of(), verify());
  }

  @Test
  void nothingIsLostWhenManyCommitAtOnce() throws Exception {
    int importers = 6;
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < importers; i++) {
      Path capture = Fixtures.capture(folder, source("p" + i, i));
      tasks.add(() -> importedAfterRefusals(capture));
    }
    ExecutorService pool = Executors.newFixedThreadPool(importers);
    try {
      for (Future<Boolean> task : pool.invokeAll(tasks)) {
        assertTrue(task.get());
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(importers, open().manifest().prompts().size());
    assertEquals(List.of(), verify());
    assertFalse(Files.exists(root().resolve("_staging")));
  }

  private boolean importedAfterRefusals(Path capture) throws InterruptedException {
    while (true) {
      try {
        return importAll(capture).added() == 1;
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().startsWith(locked()), e.getMessage());
        Thread.sleep(1);
      }
    }
  }
}
