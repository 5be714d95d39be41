package io.kvsweep.jobs.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

  /** An owner that renews keeps its lock; one that finds another's name is told, and says so. */
  @Test
  void aLeaseIsRenewedUntilSomebodyElseHasIt() throws Exception {
    Files.createDirectories(folder.resolve("_staging"));
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    Path file = folder.resolve("_staging/sweep.lock");
    OutputLock lock =
        LeaseLock.acquire(
            storage, storage.path("_staging/sweep.lock"), /* renewal= */ Duration.ofMillis(10));
    CountDownLatch lost = new CountDownLatch(1);
    lock.whenLost(lost::countDown);
    FileTime old = FileTime.from(Instant.now().minus(LeaseLock.STALE).minusSeconds(1));
    Files.setLastModifiedTime(file, old);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          while (Files.getLastModifiedTime(file).compareTo(old) <= 0) {
            Thread.onSpinWait();
          }
        });
    lock.requireHeld();
    assertEquals(1, lost.getCount());

    Path others = folder.resolve("other");
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          // A renewal that is about to write when the other does has the last word.
          do {
            Files.writeString(others, "host far, process 7\nits token\n");
            Files.move(
                others, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
          } while (!lost.await(200, TimeUnit.MILLISECONDS));
        });
    assertEquals(
        "another sweep has taken over shelf:%s (host far, process 7), as this one did not renew its lock for 5 minutes; this one stops, and what it published stays"
            .formatted(folder),
        assertThrows(InvalidInputException.class, lock::requireHeld).getMessage());
    lock.close();
    assertTrue(Files.readString(file).contains("its token"), "it is the other's");
  }

  /** Both saw the stale lock, and the other deleted the new one and made its own. */
  @Test
  void ofTwoThatTakeOverAStaleLockOneGivesWay() throws Exception {
    Files.createDirectories(folder.resolve("_staging"));
    Path file = folder.resolve("_staging/sweep.lock");
    Configuration conf = ShelfFileSystem.configuration();
    Storage storage = Storage.of("shelf://" + folder, conf);
    ShelfFileSystem.AFTER_WRITE.set(
        () -> {
          try {
            Files.writeString(file, "host far, process 7\nits token\n");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    try {
      assertEquals(
          "another sweep is writing to shelf:%s (host far, process 7); wait for it to end, stop it, or give another --out"
              .formatted(folder),
          assertThrows(
                  InvalidInputException.class,
                  () -> OutputLock.acquire(storage, storage.path("_staging/sweep.lock")))
              .getMessage());
    } finally {
      ShelfFileSystem.AFTER_WRITE.set(() -> {});
    }
    assertTrue(Files.readString(file).contains("its token"));
  }
}
