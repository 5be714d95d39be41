package io.kvsweep.jobs.results;

import io.kvsweep.datasets.InvalidInputException;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/** What to say of a file that a sweep published and that cannot be read. */
public final class DamagedFile {
  /** Names that a sweep gives: the unit and a hash of its cells. */
  private static final Pattern OURS = Pattern.compile(".+-[0-9a-f]{32}.*\\.parquet");

  private DamagedFile() {}

  /**
   * The message, with the remedy: a sweep measures anew what it wrote, and nothing else.
   *
   * @param file as people are shown it
   */
  public static InvalidInputException of(String file, String problem, Throwable cause) {
    if (!OURS.matcher(new Path(file).getName()).matches()) {
      return new InvalidInputException(
          "%s: %s; no sweep wrote it under this name: move it away, all files of this folder are read"
              .formatted(file, problem),
          cause);
    }
    Path folder = new Path(file).getParent();
    boolean beside = folder != null && Diagnostic.labels().contains(folder.getName());
    return new InvalidInputException(
        "%s: %s; delete it%s and run the same sweep again, which measures its cells anew"
            .formatted(file, problem, beside ? ", and the file of its name in results/," : ""),
        cause);
  }
}
