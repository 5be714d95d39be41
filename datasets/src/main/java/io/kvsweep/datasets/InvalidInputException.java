package io.kvsweep.datasets;

/**
 * Something a user gave (a file, a folder, a setting, a method) cannot be used. The message alone
 * must do: problem, cause and remedy, expected and actual values, and the place. The command line
 * prints it without a stack trace and exits with 2.
 */
public class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidInputException(String message) {
    super(message);
  }

  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
