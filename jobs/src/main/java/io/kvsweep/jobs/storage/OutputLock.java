package io.kvsweep.jobs.storage;

import io.kvsweep.datasets.InvalidInputException;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a second sweep away from an output folder. On a local disk it is a lock of the operating
 * system, which dies with its process; elsewhere a file that its owner renews and that counts for
 * nothing when it has not been renewed for {@link LeaseLock#STALE}.
 */
public interface OutputLock extends AutoCloseable {
  /**
   * Takes the lock.
   *
   * @param file the lock file, in an existing folder
   * @throws InvalidInputException if somebody else has it, naming host, process and since when
   */
  static OutputLock acquire(Storage storage, Path file) {
    return storage.isLocal()
        ? ProcessLock.acquire(storage, file)
        : LeaseLock.acquire(storage, file);
  }

  /**
   * What to do, again and again and on another thread, from when somebody else is found to have
   * taken the lock; that cannot happen to a lock of the operating system.
   */
  default void whenLost(Runnable action) {}

  /**
   * Stops whoever goes on without the lock.
   *
   * @throws InvalidInputException if somebody else has taken it, naming who
   */
  default void requireHeld() {}

  /** Gives the lock back. */
  @Override
  void close();
}
