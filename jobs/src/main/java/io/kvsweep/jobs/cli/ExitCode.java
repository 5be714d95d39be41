package io.kvsweep.jobs.cli;

/** Exit codes; 1, with a stack trace, is only for a bug of kvsweep. */
public final class ExitCode {
  public static final int OK = 0;
  public static final int BUG = 1;

  /** Bad usage, configuration or input. */
  public static final int INVALID = 2;

  /** Some rows failed. */
  public static final int FAILED_ROWS = 3;

  /** A comparison found a regression. */
  public static final int REGRESSION = 4;

  private ExitCode() {}
}
