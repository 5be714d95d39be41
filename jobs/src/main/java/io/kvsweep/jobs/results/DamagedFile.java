package io.kvsweep.jobs.results;

import io.kvsweep.datasets.InvalidInputException;
import org.apache.hadoop.fs.Path;

/** What to say of a file that a sweep published and that cannot be read. */
public final class DamagedFile {
  private DamagedFile() {}

  /**
   * The message, with the remedy.
   *
   * @param file as people are shown it
   */
  public static InvalidInputException of(String file, String problem, Throwable cause) {
    Path folder = new Path(file).getParent();
    boolean beside = folder != null && Diagnostic.labels().contains(folder.getName());
    return new InvalidInputException(
        "%s: %s; delete it%s and run the same sweep again, which measures its cells anew"
            .formatted(file, problem, beside ? ", and the file of its name in results/," : ""),
        cause);
  }
}
