package io.kvsweep.jobs.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** How a finished file gets its name, by kind of store. */
final class Placement {
  /**
   * Object stores that copy on rename, where an object appears only when its upload is complete:
   * there a direct write is the atomic one.
   */
  private static final Set<String> OBJECT_STORES =
      Set.of("s3", "s3a", "s3n", "gs", "oss", "cos", "cosn", "obs");

  private Placement() {}

  static boolean createIsAtomic(String scheme) {
    return OBJECT_STORES.contains(scheme);
  }

  static void move(Storage storage, Path staged, Path target) throws IOException {
    if (storage.isLocal()) {
      moveLocal(local(staged), local(target));
      return;
    }
    try {
      FileContext.getFileContext(storage.root().toUri(), storage.conf())
          .rename(staged, target, Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) {
      renameOnce(storage, staged, target, e);
    }
  }

  /** The older interface refuses an existing target: then somebody finished it first. */
  private static void renameOnce(Storage storage, Path staged, Path target, IOException why)
      throws IOException {
    if (storage.fs().rename(staged, target)) {
      return;
    }
    if (!storage.fs().exists(target)) {
      throw new IOException("rename from " + Storage.show(staged) + " was refused", why);
    }
    storage.fs().delete(staged, false);
  }

  private static void moveLocal(java.nio.file.Path staged, java.nio.file.Path target)
      throws IOException {
    Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // Without this a power cut may forget the new name although the bytes are safe.
    try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }
}
