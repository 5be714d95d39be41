package io.kvsweep.jobs.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputLockTest {
  @TempDir Path folder;

  /** Takes the lock, says so, and holds it until killed. */
  public static final class Holder {
    public static void main(String[] args) throws Exception {
      Storage storage = Storage.of(args[0], new Configuration(false));
      OutputLock.acquire(storage, storage.path("_staging/sweep.lock"));
      System.out.println("locked");
      Thread.sleep(TimeUnit.MINUTES.toMillis(1));
    }
  }

  private Process holder() throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Holder.class.getName(),
                    folder.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] line = process.getInputStream().readNBytes("locked".length());
    assertEquals("locked", new String(line, StandardCharsets.UTF_8));
    return process;
  }

  @Test
  void anotherProcessIsRefusedUntilTheFirstIsKilled() throws Exception {
    Files.createDirectories(folder.resolve("_staging"));
    Storage storage = Storage.of(folder.toString(), new Configuration(false));
    Process process = holder();
    try {
      InvalidInputException e =
          assertThrows(
              InvalidInputException.class,
              () -> OutputLock.acquire(storage, storage.path("_staging/sweep.lock")));
      assertTrue(
          e.getMessage().startsWith("another sweep is writing to " + folder + " (host "),
          e.getMessage());
      assertTrue(e.getMessage().contains("process " + process.pid() + ", since "), e.getMessage());
    } finally {
      process.destroyForcibly().waitFor();
    }
    OutputLock.acquire(storage, storage.path("_staging/sweep.lock")).close();
    assertFalse(Files.exists(folder.resolve("_staging/sweep.lock")));
  }

  @Test
  void theSameProcessIsRefusedToo() throws Exception {
    Files.createDirectories(folder.resolve("_staging"));
    Storage storage = Storage.of(folder.toString(), new Configuration(false));
    OutputLock lock = OutputLock.acquire(storage, storage.path("_staging/sweep.lock"));
    assertThrows(
        InvalidInputException.class,
        () -> OutputLock.acquire(storage, storage.path("_staging/sweep.lock")));
    lock.close();
    OutputLock.acquire(storage, storage.path("_staging/sweep.lock")).close();
  }

  @Test
  void storesWithoutLocksUseALeaseThatGoesStale() throws Exception {
    Files.createDirectories(folder.resolve("_staging"));
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    Path file = folder.resolve("_staging/sweep.lock");
    OutputLock dead = OutputLock.acquire(storage, storage.path("_staging/sweep.lock"));
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> OutputLock.acquire(storage, storage.path("_staging/sweep.lock")));
    assertTrue(e.getMessage().contains("process " + ProcessHandle.current().pid()));
    Files.setLastModifiedTime(
        file, FileTime.from(Instant.now().minus(LeaseLock.STALE).minusSeconds(1)));
    OutputLock next = OutputLock.acquire(storage, storage.path("_staging/sweep.lock"));
    dead.close();
    assertTrue(Files.exists(file), "a lost lock must not delete its successor's file");
    next.close();
    assertFalse(Files.exists(file));
  }
}
