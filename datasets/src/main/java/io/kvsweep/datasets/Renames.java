package io.kvsweep.datasets;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Gives a finished file its name, in place of an older one. */
public final class Renames {
  private static final int ATTEMPTS = 5;

  private Renames() {}

  /**
   * Renames a file, in one step where the store can. On local disks the name is then there to stay,
   * also after a power cut.
   *
   * @param staged on the same store
   * @param target in an existing folder
   */
  public static void replace(FileSystem fs, Configuration conf, Path staged, Path target)
      throws IOException {
    if ("file".equals(fs.getUri().getScheme())) {
      replaceLocal(local(staged), local(target));
      return;
    }
    try {
      FileContext.getFileContext(fs.getUri(), conf)
          .rename(staged, target, Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) {
      replaceInSteps(fs, staged, target, e);
    }
  }

  /**
   * The older interface refuses an existing target, so that one is moved aside first: for a moment
   * there is none. What is there again after that was put there later than ours, which is then the
   * older one. Somebody who does the same with another file can be in our way a few times. A target
   * that cannot be replaced is put back.
   */
  private static void replaceInSteps(FileSystem fs, Path staged, Path target, IOException why)
      throws IOException {
    Path aside = staged.suffix(".replaced");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (fs.rename(staged, target)) {
        fs.delete(aside, false);
        return;
      }
      if (!fs.exists(staged)) {
        break;
      }
      if (fs.exists(aside) && fs.exists(target)) {
        fs.delete(staged, false);
        fs.delete(aside, false);
        return;
      }
      fs.rename(target, aside);
    }
    if (fs.exists(aside) && !fs.exists(target)) {
      fs.rename(aside, target);
    }
    throw new IOException("rename from " + staged + " was refused", why);
  }

  private static void replaceLocal(java.nio.file.Path staged, java.nio.file.Path target)
      throws IOException {
    Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // Without this a power cut may forget the new name although the bytes are safe.
    try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  private static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }
}
