package io.kvsweep.jobs.report;

/** The chart engine could not draw a picture: its own words, and where in its script. */
public final class ChartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChartException(String message, Throwable cause) {
    super(message, cause);
  }
}
