package io.kvsweep.jobs.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.Path;

/** A lock of the operating system on a local file; the file goes when the lock is given back. */
final class ProcessLock implements OutputLock {
  /**
   * Locks of this JVM. POSIX locks belong to the process, and closing any other channel on the file
   * would drop them, so a second attempt must not even open it.
   */
  private static final Set<java.nio.file.Path> HELD = ConcurrentHashMap.newKeySet();

  private final java.nio.file.Path file;
  private final FileChannel channel;

  private ProcessLock(java.nio.file.Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static OutputLock acquire(Storage storage, Path path) {
    java.nio.file.Path file = Placement.local(path);
    if (!HELD.add(file)) {
      throw LockOwner.self().refusal(path);
    }
    Optional<FileChannel> channel = Optional.empty();
    try {
      while (channel.isEmpty()) {
        channel = tryOnce(file, path);
      }
      return new ProcessLock(file, channel.get());
    } catch (IOException e) {
      throw Storage.failed("cannot lock", path, e);
    } finally {
      if (channel.isEmpty()) {
        HELD.remove(file);
      }
    }
  }

  /** Empty if the file was deleted by its owner in between, so that the lock is on no file. */
  private static Optional<FileChannel> tryOnce(java.nio.file.Path file, Path path)
      throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      Object opened = identity(file);
      if (channel.tryLock() == null) {
        throw owner(file).refusal(path);
      }
      if (opened.equals(identity(file))) {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(LockOwner.self().toBytes()));
        taken = true;
      }
      return taken ? Optional.of(channel) : Optional.empty();
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static LockOwner owner(java.nio.file.Path file) throws IOException {
    try {
      return LockOwner.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      // It ended just now; whoever asks again gets the lock.
      return LockOwner.parse(new byte[0]);
    }
  }

  private static Object identity(java.nio.file.Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file : key;
    } catch (NoSuchFileException e) {
      return new Object();
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
      channel.close();
    } catch (IOException e) {
      throw Storage.failed("cannot unlock", new Path(file.toUri()), e);
    } finally {
      HELD.remove(file);
    }
  }
}
