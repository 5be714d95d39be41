package io.kvsweep.datasets;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.security.AccessControlException;

/**
 * A store did not do what it was asked, and may when it is asked again: a network that is down, a
 * server that is busy. What is missing, forbidden or damaged is not meant.
 */
public final class StoreUnavailableException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  /** This exception, or a plain one where asking again is no use. */
  public static InvalidInputException of(String message, IOException cause) {
    return mayPass(cause)
        ? new StoreUnavailableException(message, cause)
        : new InvalidInputException(message, cause);
  }

  /** Whether what a store threw may be gone the next time. */
  public static boolean mayPass(IOException e) {
    return !(e instanceof EOFException
        || e instanceof FileNotFoundException
        || e instanceof NoSuchFileException
        || e instanceof AccessDeniedException
        || e instanceof AccessControlException
        || e instanceof ChecksumException);
  }
}
