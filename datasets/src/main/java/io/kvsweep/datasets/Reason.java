package io.kvsweep.datasets;

/** Why something failed, as a message of kvsweep quotes it. */
public final class Reason {
  private Reason() {}

  /**
   * The first line of a failure's message; its name where it has no message, as damaged bytes make
   * Parquet throw.
   */
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    String text = message == null || message.isBlank() ? failure.toString() : message;
    return text.strip().lines().findFirst().orElse(text);
  }
}
