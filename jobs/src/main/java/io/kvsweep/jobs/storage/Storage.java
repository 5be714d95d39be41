package io.kvsweep.jobs.storage;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import io.kvsweep.datasets.Renames;
import io.kvsweep.datasets.StreamFailures;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * A folder and the files below it. Serialisable, so that executors can write where the driver said.
 * Failures of the file system are {@link InvalidInputException}s: a missing permission or a full
 * disk is the user's to mend.
 *
 * <p>On local disks it goes below Hadoop's checksumming layer, which would put a {@code .crc}
 * beside every file.
 */
public final class Storage implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final HadoopSettings settings;
  private transient FileSystem fs;

  private Storage(Path root, Configuration conf) {
    this.settings = new HadoopSettings(conf);
    this.root = open(root, conf).makeQualified(root).toString();
  }

  /**
   * The folder of this path, which need not exist.
   *
   * @throws InvalidInputException if it is no path or its file system is unknown
   */
  public static Storage of(String folder, Configuration conf) {
    return new Storage(parse(folder), conf);
  }

  /** The folder that holds this file. */
  public static Storage ofParent(String file, Configuration conf) {
    Path parent = parse(file).getParent();
    return new Storage(parent == null ? new Path("/") : parent, conf);
  }

  private static Path parse(String text) {
    try {
      return new Path(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("'%s' is not a path: %s".formatted(text, e.getMessage()), e);
    }
  }

  private static FileSystem open(Path path, Configuration conf) {
    try {
      FileSystem shared = path.getFileSystem(conf);
      return shared instanceof LocalFileSystem local ? local.getRawFileSystem() : shared;
    } catch (IOException e) {
      throw failed("cannot open", path, e);
    }
  }

  FileSystem fs() {
    if (fs == null) {
      fs = open(root(), settings.get());
    }
    return fs;
  }

  Configuration conf() {
    return settings.get();
  }

  /** The folder itself, qualified. */
  public Path root() {
    return new Path(root);
  }

  /** A path below the folder. */
  public Path path(String relative) {
    return new Path(root(), relative);
  }

  /** How a path is shown to people: without the scheme where it is local. */
  public static String show(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file") ? path.toUri().getPath() : path.toString();
  }

  /** Whether the folder lies on a local disk, where a lock dies with its process. */
  public boolean isLocal() {
    return "file".equals(fs().getUri().getScheme());
  }

  public boolean isFile(Path path) {
    return status(path) != null && status(path).isFile();
  }

  public boolean isFolder(Path path) {
    return status(path) != null && status(path).isDirectory();
  }

  /** Status of a path, or null if there is none. */
  FileStatus status(Path path) {
    try {
      return fs().getFileStatus(path);
    } catch (FileNotFoundException e) {
      return null;
    } catch (IOException e) {
      throw failed("cannot look up", path, e);
    }
  }

  /** When a file was last written, milliseconds since 1970; 0 if there is none. */
  public long modified(Path path) {
    FileStatus status = status(path);
    return status == null ? 0 : status.getModificationTime();
  }

  /** What lies directly in a folder, sorted by name; nothing if there is no such folder. */
  public List<Path> list(Path folder) {
    return statuses(folder).stream().map(FileStatus::getPath).toList();
  }

  /** When what lies directly in a folder was last written, as of {@link #modified}; by path. */
  public Map<Path, Long> modifiedIn(Path folder) {
    return statuses(folder).stream()
        .collect(Collectors.toMap(FileStatus::getPath, FileStatus::getModificationTime));
  }

  /** The same with what a listing tells of each, such as its length. */
  public List<FileStatus> statuses(Path folder) {
    try {
      return Arrays.stream(fs().listStatus(folder))
          .sorted(Comparator.comparing(status -> status.getPath().getName()))
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw failed("cannot list", folder, e);
    }
  }

  /** The bytes of a file. */
  public byte[] read(Path file) {
    try {
      return StreamFailures.reading(
          () -> {
            try (FSDataInputStream in = fs().open(file)) {
              return in.readAllBytes();
            }
          });
    } catch (IOException e) {
      throw failed("cannot read", file, e);
    }
  }

  /** The last bytes of a file, at most this many. */
  public byte[] readTail(FileStatus file, int bytes) {
    byte[] tail = new byte[(int) Math.min(bytes, file.getLen())];
    try {
      return StreamFailures.reading(
          () -> {
            try (FSDataInputStream in = fs().open(file.getPath())) {
              in.readFully(file.getLen() - tail.length, tail);
              return tail;
            }
          });
    } catch (IOException e) {
      throw failed("cannot read", file.getPath(), e);
    }
  }

  /** Makes a folder with its parents. */
  public void makeFolder(Path folder) {
    try {
      if (!fs().mkdirs(folder)) {
        throw new IOException("the folder could not be made");
      }
    } catch (IOException e) {
      throw failed("cannot write", folder, e);
    }
  }

  /** Deletes a file or a whole folder; nothing happens if it is not there. */
  public void delete(Path path) {
    try {
      fs().delete(path, true);
    } catch (IOException e) {
      throw failed("cannot delete", path, e);
    }
  }

  /**
   * Deletes what lies in a folder and was not written to for so long that whoever began it is dead:
   * {@link LeaseLock#STALE}, as with locks that are not renewed.
   */
  public void deleteAbandoned(Path folder) {
    long latest = System.currentTimeMillis() - LeaseLock.STALE.toMillis();
    modifiedIn(folder)
        .forEach(
            (child, modified) -> {
              if (modified < latest) {
                delete(child);
              }
            });
  }

  /** Writes a file and, where the file system can, waits until it is on disk. */
  void write(Path file, byte[] bytes, boolean overwrite) throws IOException {
    StreamFailures.writing(
        () -> {
          try (FSDataOutputStream out = fs().create(file, overwrite)) {
            out.write(bytes);
            if (out.hasCapability(StreamCapabilities.HSYNC)) {
              out.hsync();
            }
          }
        });
  }

  /**
   * Puts a file in its place in one step: readers see all of it or nothing, a crash leaves at most
   * the staged file. An existing file is replaced (of {@link Renames} in two steps on some stores).
   *
   * @param target in an existing folder
   * @param staged path on the same store that nobody else uses
   */
  public void put(Path target, byte[] bytes, Path staged) {
    try {
      if (Placement.createIsAtomic(fs().getUri().getScheme())) {
        write(target, bytes, true);
        return;
      }
      write(staged, bytes, true);
      Renames.replace(fs(), conf(), staged, target);
    } catch (IOException e) {
      InvalidInputException failure = failed("cannot write", target, e);
      try {
        fs().delete(staged, false);
      } catch (IOException suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  static InvalidInputException failed(String what, Path path, IOException cause) {
    return new InvalidInputException(
        "%s %s: %s; check the path, its permissions and the room left"
            .formatted(what, show(path), Reason.of(cause)),
        cause);
  }
}
