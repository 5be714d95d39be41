package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second import away from a dataset, from before it reads the manifest until it has
 * replaced it. On a local disk it is a lock of the operating system, which dies with its process;
 * on other stores there is none, and {@link Transaction} notices most of what that lets happen.
 * Makes the dataset's folder, and removes it if the import left nothing in it.
 */
final class ImportLock implements AutoCloseable {
  private static final String NAME = "_import.lock";

  /**
   * Locks of this JVM. POSIX locks belong to the process, and closing any other channel on the file
   * would drop them, so a second attempt must not even open it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Store store;
  private final boolean rootExisted;
  private final Path file;
  private final Optional<FileChannel> channel;

  private ImportLock(Store store, boolean rootExisted, Path file, Optional<FileChannel> channel) {
    this.store = store;
    this.rootExisted = rootExisted;
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws InvalidInputException if another import has it
   */
  static ImportLock acquire(Store store) {
    boolean rootExisted = store.exists(store.root());
    store.makeFolder(store.root());
    Path folder = Store.local(store.root());
    if (!store.isLocal()) {
      return new ImportLock(store, rootExisted, folder, Optional.empty());
    }
    try {
      Path file = folder.toRealPath().resolve(NAME);
      return new ImportLock(store, rootExisted, file, Optional.of(lock(file)));
    } catch (IOException e) {
      throw Store.failed("cannot be locked", store.path(NAME), e);
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    if (!HELD.add(file)) {
      throw refusal(file);
    }
    Optional<FileChannel> channel = Optional.empty();
    try {
      while (channel.isEmpty()) {
        channel = tryOnce(file);
      }
      return channel.get();
    } finally {
      if (channel.isEmpty()) {
        HELD.remove(file);
      }
    }
  }

  /**
   * Empty if the file was not the same one before, during and after: then its owner deleted it in
   * between, and the lock may be on no file.
   */
  private static Optional<FileChannel> tryOnce(Path file) throws IOException {
    Files.createDirectories(file.getParent()); // its maker may have removed it
    Object before = identity(file);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      boolean same = before.equals(identity(file));
      if (channel.tryLock() == null) {
        throw refusal(file);
      }
      taken = same && before.equals(identity(file));
      return taken ? Optional.of(channel) : Optional.empty();
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static Object identity(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file : key;
    } catch (NoSuchFileException e) {
      return new Object();
    }
  }

  private static InvalidInputException refusal(Path file) {
    return new InvalidInputException(
        "%s is locked: another import runs on this dataset; wait for it and try again"
            .formatted(file));
  }

  @Override
  public void close() {
    if (channel.isPresent()) {
      try {
        Files.deleteIfExists(file);
        channel.get().close();
      } catch (IOException e) {
        throw Store.failed("cannot be unlocked", store.path(NAME), e);
      } finally {
        HELD.remove(file);
      }
    }
    if (!rootExisted) {
      store.deleteIfEmpty(store.root());
    }
  }
}
