package io.kvsweep.jobs.storage;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * A stand-in for an object store, on the local disk: a rename there, a copy of all bytes, fails.
 */
public final class ObjectStoreFileSystem extends RawLocalFileSystem {
  @Override
  public URI getUri() {
    return URI.create("s3a:///");
  }

  @Override
  public String getScheme() {
    return "s3a";
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    throw new IOException("renamed: " + from);
  }
}
