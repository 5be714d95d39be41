package io.kvsweep.jobs.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * A stand-in for a remote store, on the local disk under another scheme: no locks, and renames that
 * refuse an existing target.
 */
public final class ShelfFileSystem extends RawLocalFileSystem {
  public static final String SCHEME = "shelf";

  /** Whether renames are refused whatever there is. */
  static final AtomicBoolean REFUSE = new AtomicBoolean();

  /** What others do as soon as a file is written. */
  static final AtomicReference<Runnable> AFTER_WRITE = new AtomicReference<>(() -> {});

  public static Configuration configuration() {
    Configuration conf = new Configuration(false);
    conf.set("fs." + SCHEME + ".impl", ShelfFileSystem.class.getName());
    return conf;
  }

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
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        super.close();
        AFTER_WRITE.get().run();
      }
    };
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    return !REFUSE.get() && !exists(to) && super.rename(from, to);
  }
}
