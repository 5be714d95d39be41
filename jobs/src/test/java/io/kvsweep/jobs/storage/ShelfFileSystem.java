package io.kvsweep.jobs.storage;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * A stand-in for a remote store, on the local disk under another scheme: no locks, and renames that
 * refuse an existing target.
 */
public final class ShelfFileSystem extends RawLocalFileSystem {
  public static final String SCHEME = "shelf";

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
  public boolean rename(Path from, Path to) throws IOException {
    return !exists(to) && super.rename(from, to);
  }
}
