package io.kvsweep.datasets;

import java.io.IOException;
import org.apache.hadoop.fs.FSError;

/**
 * Hadoop's local file system throws what its streams meet, a full disk above all, as an {@link
 * FSError}: an {@code Error}, which whoever expects an {@link IOException} does not see. Here it is
 * one, as on every other file system.
 */
public final class StreamFailures {
  private StreamFailures() {}

  /** What reads from a stream. */
  @FunctionalInterface
  public interface Reading<T> {
    T run() throws IOException;
  }

  /** What writes to a stream. */
  @FunctionalInterface
  public interface Writing {
    void run() throws IOException;
  }

  /** Reads. */
  public static <T> T reading(Reading<T> reading) throws IOException {
    try {
      return reading.run();
    } catch (FSError e) {
      throw plain(e);
    }
  }

  /** Writes. */
  public static void writing(Writing writing) throws IOException {
    try {
      writing.run();
    } catch (FSError e) {
      throw plain(e);
    }
  }

  private static IOException plain(FSError error) {
    Throwable cause = error.getCause() == null ? error : error.getCause();
    return new IOException(cause.getMessage(), error);
  }
}
