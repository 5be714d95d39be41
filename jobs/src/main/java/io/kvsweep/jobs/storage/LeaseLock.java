package io.kvsweep.jobs.storage;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock file that its owner renews, for stores without locks. Its age is the store's modification
 * time against this machine's clock, so clocks must agree to within a few minutes.
 *
 * <p>Two sweeps that start in the same second can both be let in: on a store whose "create if
 * absent" is not atomic (some object stores), or where both find the same stale lock. One of them
 * finds the other's name in the file, at once or when it renews its lock, and stops. Until then
 * both publish, which is idempotent: that costs time and no correctness.
 */
final class LeaseLock implements OutputLock {
  /** A lock that was not renewed for this long belongs to a dead run. */
  static final Duration STALE = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(LeaseLock.class);
  private static final Duration RENEWAL = Duration.ofSeconds(30);

  private final Storage storage;
  private final Path file;
  private final LockOwner owner = LockOwner.self();

  /** Who has taken the lock, and what then is to be done; both guarded by this. */
  private Optional<LockOwner> successor = Optional.empty();

  private Runnable whenLost = () -> {};
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
    return acquire(storage, file, RENEWAL);
  }

  static OutputLock acquire(Storage storage, Path file, Duration renewal) {
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
    // Another one that saw the same stale lock may have deleted ours and made its own.
    lock.other()
        .ifPresent(
            other -> {
              throw other.refusal(file);
            });
    long period = renewal.toMillis();
    lock.timer.scheduleWithFixedDelay(lock::renew, period, period, TimeUnit.MILLISECONDS);
    return lock;
  }

  private synchronized void renew() {
    try {
      Optional<LockOwner> other = other();
      if (other.isPresent()) {
        lose(other.get());
      } else {
        // If the file is gone, somebody may be about to make it: whoever is first has it.
        storage.write(file, owner.toBytes(), storage.isFile(file));
      }
    } catch (IOException | InvalidInputException e) {
      // One missed renewal does no harm; the next comes long before the lock is stale.
      LOG.warn("cannot renew the lock {}", file, e);
    }
  }

  /** Whoever else is named in the file; nobody is in one that a renewal began and did not end. */
  private Optional<LockOwner> other() {
    return storage.isFile(file)
        ? Optional.of(LockOwner.parse(storage.read(file)))
            .filter(named -> !named.token().isEmpty() && !named.token().equals(owner.token()))
        : Optional.empty();
  }

  /** At every renewal, since what is to be stopped may start later. */
  private void lose(LockOwner other) {
    successor = Optional.of(other);
    whenLost.run();
  }

  @Override
  public synchronized void whenLost(Runnable action) {
    whenLost = action;
    if (successor.isPresent()) {
      action.run();
    }
  }

  @Override
  public synchronized void requireHeld() {
    renew();
    successor.ifPresent(
        other -> {
          throw other.overtaking(file);
        });
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
    if (storage.isFile(file) && other().isEmpty()) {
      storage.delete(file);
    }
  }
}
