package io.kvsweep.jobs.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** A stand-in for a disk that fills up, on the local disk under another scheme. */
public final class SmallDiskFileSystem extends RawLocalFileSystem {
  public static final String SCHEME = "smalldisk";

  /** Bytes that can still be written. */
  public static final AtomicLong ROOM = new AtomicLong();

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
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
          throw new IOException("No space left on device");
        }
      }

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }
    };
  }
}
