package io.kvsweep.jobs.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** A stand-in for a disk that fills up, on the local disk under another scheme. */
public final class SmallDiskFileSystem extends RawLocalFileSystem {
  public static final String SCHEME = "smalldisk";

  /** Bytes that can still be written. */
  public static final AtomicLong ROOM = new AtomicLong();

  /** Whether it fails as Hadoop's local file system does, by an {@link FSError}, or as others. */
  static final AtomicBoolean LOCAL = new AtomicBoolean(true);

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  /** Its constructor is Hadoop's own. */
  private static FSError asHadoopDoes(IOException full) {
    try {
      Constructor<FSError> constructor = FSError.class.getDeclaredConstructor(Throwable.class);
      constructor.setAccessible(true);
      return constructor.newInstance(full);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Hadoop has another FSError", e);
    }
  }

  @Override
  protected OutputStream createOutputStreamWithMode(
      Path file, boolean append, FsPermission permission) throws IOException {
    return new FilterOutputStream(super.createOutputStreamWithMode(file, append, permission)) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        // As a real disk does: what fits is written before it fails.
        int fits = (int) Math.max(0, Math.min(length, ROOM.getAndAdd(-length)));
        out.write(bytes, offset, fits);
        if (fits < length) {
          IOException full = new IOException("No space left on device");
          if (LOCAL.get()) {
            throw asHadoopDoes(full);
          }
          throw full;
        }
      }

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }
    };
  }
}
