package io.kvsweep.jobs.storage;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock file that its owner renews, for stores without locks. Its age is the store's modification
 * time against this machine's clock, so clocks must agree to within a few minutes. A store whose
 * "create if absent" is not atomic (some object stores) can let two sweeps in that start in the
 * same second; publishing is idempotent, so that costs time and no correctness.
 */
final class LeaseLock implements OutputLock {
  /** A lock that was not renewed for this long belongs to a dead run. */
  static final Duration STALE = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(LeaseLock.class);
  private static final Duration RENEWAL = Duration.ofSeconds(30);

  private final Storage storage;
  private final Path file;
  private final LockOwner owner = LockOwner.self();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "kvsweep-output-lock");
            thread.setDaemon(true);
            return thread;
          });

  private LeaseLock(Storage storage, Path file) {
    this.storage = storage;
    this.file = file;
  }

  static OutputLock acquire(Storage storage, Path file) {
    FileStatus status = storage.status(file);
    if (status != null) {
      long age = System.currentTimeMillis() - status.getModificationTime();
      if (age < STALE.toMillis()) {
        throw LockOwner.parse(storage.read(file)).refusal(file);
      }
      storage.delete(file);
    }
    LeaseLock lock = new LeaseLock(storage, file);
    try {
      storage.write(file, lock.owner.toBytes(), false);
    } catch (IOException e) {
      if (storage.isFile(file)) {
        throw LockOwner.parse(storage.read(file)).refusal(file);
      }
      throw Storage.failed("cannot lock", file, e);
    }
    long period = RENEWAL.toMillis();
    lock.timer.scheduleWithFixedDelay(lock::renew, period, period, TimeUnit.MILLISECONDS);
    return lock;
  }

  private void renew() {
    try {
      if (isOurs()) {
        storage.write(file, owner.toBytes(), true);
      } else {
        LOG.warn("the lock {} was taken over by another sweep", file);
      }
    } catch (IOException | InvalidInputException e) {
      // One missed renewal does no harm; the next comes long before the lock is stale.
      LOG.warn("cannot renew the lock {}", file, e);
    }
  }

  private boolean isOurs() {
    return storage.isFile(file)
        && LockOwner.parse(storage.read(file)).token().equals(owner.token());
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      // A renewal under way would put the file back after it was deleted.
      timer.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (isOurs()) {
      storage.delete(file);
    }
  }
}
