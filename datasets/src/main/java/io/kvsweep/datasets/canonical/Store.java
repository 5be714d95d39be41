package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import io.kvsweep.datasets.Renames;
import io.kvsweep.datasets.StoreUnavailableException;
import io.kvsweep.datasets.StreamFailures;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * The files of one dataset on whatever file system it lives. On local disks it goes below Hadoop's
 * checksumming layer, which would put a {@code .crc} beside every file; the manifest and the rows
 * carry better checksums, and switching the layer off on the shared instance would switch it off
 * for Spark too.
 */
final class Store {
  private final FileSystem fs;
  private final Configuration conf;
  private final Path root;

  Store(Path root, Configuration conf) {
    this.conf = conf;
    try {
      FileSystem shared = root.getFileSystem(conf);
      this.fs = shared instanceof LocalFileSystem local ? local.getRawFileSystem() : shared;
    } catch (IOException e) {
      throw failed("cannot be opened", root, e);
    }
    // A path made of a URI keeps a slash at its end, which would make the same folder another one.
    this.root = fs.makeQualified(new Path(root.toString()));
  }

  Path root() {
    return root;
  }

  Path path(String relative) {
    return new Path(root, relative);
  }

  /** Path of a file below the root, relative to it. */
  String relative(Path path) {
    return root.toUri().relativize(fs.makeQualified(path).toUri()).getPath();
  }

  /** How a path is shown to people. */
  static String show(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file") ? path.toUri().getPath() : path.toString();
  }

  boolean exists(Path path) {
    try {
      return fs.exists(path);
    } catch (IOException e) {
      throw failed("cannot be looked up", path, e);
    }
  }

  boolean isFolder(Path path) {
    try {
      return fs.getFileStatus(path).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw failed("cannot be looked up", path, e);
    }
  }

  /**
   * Parquet files below a folder, sorted; hidden ones and those of folders in the making left out.
   */
  List<Path> parquetFiles(Path folder) {
    List<Path> out = new ArrayList<>();
    collect(folder, out);
    return out;
  }

  private void collect(Path folder, List<Path> out) {
    try {
      FileStatus[] children = fs.listStatus(folder);
      Arrays.sort(children);
      for (FileStatus child : children) {
        String name = child.getPath().getName();
        if (name.startsWith("_") || name.startsWith(".")) {
          continue;
        }
        if (child.isDirectory()) {
          collect(child.getPath(), out);
        } else if (name.endsWith(".parquet")) {
          out.add(child.getPath());
        }
      }
    } catch (IOException e) {
      throw failed("cannot be listed", folder, e);
    }
  }

  byte[] readAll(Path path) {
    try {
      return StreamFailures.reading(
          () -> {
            try (FSDataInputStream in = fs.open(path)) {
              return in.readAllBytes();
            }
          });
    } catch (IOException e) {
      throw failed("cannot be read", path, e);
    }
  }

  /** Length of a file; reads it whole into the digest. */
  long digest(Path path, MessageDigest digest) {
    try {
      return StreamFailures.reading(() -> readInto(digest, path));
    } catch (IOException e) {
      throw failed("cannot be read", path, e);
    }
  }

  private long readInto(MessageDigest digest, Path path) throws IOException {
    try (FSDataInputStream in = fs.open(path)) {
      byte[] buffer = new byte[1 << 20];
      long length = 0;
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
        length += count;
      }
      return length;
    }
  }

  long length(Path path) {
    try {
      return fs.getFileStatus(path).getLen();
    } catch (IOException e) {
      throw failed("cannot be looked up", path, e);
    }
  }

  void makeFolder(Path folder) {
    try {
      if (!fs.mkdirs(folder)) {
        throw new IOException("the folder could not be made");
      }
    } catch (IOException e) {
      throw failed("cannot be written", folder, e);
    }
  }

  void delete(Path path) {
    try {
      fs.delete(path, true);
    } catch (IOException e) {
      throw failed("cannot be deleted", path, e);
    }
  }

  /** Deletes what lies in a folder and has no file that was written to within this time. */
  void deleteOld(Path folder, Duration age) {
    long latest = System.currentTimeMillis() - age.toMillis();
    try {
      if (fs.exists(folder)) {
        for (FileStatus child : fs.listStatus(folder)) {
          if (age.isZero() || lastWritten(child) < latest) {
            fs.delete(child.getPath(), true);
          }
        }
      }
    } catch (IOException e) {
      throw failed("cannot be deleted", folder, e);
    }
  }

  private long lastWritten(FileStatus status) throws IOException {
    long last = status.getModificationTime();
    if (status.isDirectory()) {
      for (FileStatus child : fs.listStatus(status.getPath())) {
        last = Math.max(last, lastWritten(child));
      }
    }
    return last;
  }

  /** Deletes a folder that holds nothing. */
  void deleteIfEmpty(Path folder) {
    try {
      if (fs.exists(folder) && fs.listStatus(folder).length == 0) {
        fs.delete(folder, false);
      }
    } catch (IOException e) {
      throw failed("cannot be deleted", folder, e);
    }
  }

  /** Moves a folder to a name that is free. */
  void move(Path from, Path to) {
    try {
      fs.mkdirs(to.getParent());
      if (!fs.rename(from, to)) {
        throw new IOException("rename from " + show(from) + " was refused");
      }
    } catch (IOException e) {
      throw failed("cannot be written", to, e);
    }
  }

  /** Whether it lies on a local disk. */
  boolean isLocal() {
    return "file".equals(fs.getUri().getScheme());
  }

  /**
   * Writes a small file beside its place and moves it there, in one step where the store can. On
   * local disks it is then there to stay, also after a power cut.
   */
  void replace(Path target, Path partial, String text) {
    try {
      StreamFailures.writing(() -> write(partial, text.getBytes(StandardCharsets.UTF_8)));
      Renames.replace(fs, conf, partial, target);
    } catch (IOException e) {
      throw failed("cannot be written", target, e);
    }
  }

  private void write(Path target, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = fs.create(target, true)) {
      out.write(bytes);
      if (out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
    }
  }

  static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }

  InputFile input(Path path) {
    return new InputFile() {
      @Override
      public long getLength() throws IOException {
        return StoreInput.asking(() -> fs.getFileStatus(path).getLen());
      }

      @Override
      public SeekableInputStream newStream() throws IOException {
        return new StoreInput(HadoopStreams.wrap(StoreInput.asking(() -> fs.open(path))));
      }

      @Override
      public String toString() {
        return show(path);
      }
    };
  }

  OutputFile output(Path path, MessageDigest digest) {
    return new DigestingOutput(fs, path, digest);
  }

  static InvalidInputException failed(String what, Path path, IOException cause) {
    String reason =
        cause instanceof FileNotFoundException && !what.equals("cannot be written")
            ? "no such file"
            : Reason.of(cause);
    return StoreUnavailableException.of(
        "%s: %s: %s; check the path, its permissions and the room left"
            .formatted(show(path), what, reason),
        cause);
  }
}
