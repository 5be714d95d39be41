package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What users see when a command does not succeed. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private static final String PREFIX = "kvsweep: ";

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println(PREFIX + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '%s --help'.".formatted(e.getCommandLine().getCommandSpec().qualifiedName()));
    err.flush();
    return ExitCode.INVALID;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    InvalidInputException invalid = invalidInput(e);
    if (invalid != null) {
      err.println(PREFIX + invalid.getMessage());
      err.flush();
      return ExitCode.INVALID;
    }
    if (shuttingDown()) {
      // Somebody pressed Ctrl-C: whatever was under way fails, and that is nobody's bug.
      err.println(PREFIX + "stopped before it was done; the same command starts or resumes it");
      err.flush();
      return ExitCode.BUG;
    }
    err.println(PREFIX + "this is a bug of kvsweep; please report it with these lines");
    e.printStackTrace(err);
    err.flush();
    return ExitCode.BUG;
  }

  /** Whether the JVM is on its way down; there is no other way to ask. */
  private static boolean shuttingDown() {
    Thread probe = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** Thrown on an executor, it arrives wrapped by Spark. */
  private static InvalidInputException invalidInput(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException invalid) {
        return invalid;
      }
    }
    return null;
  }
}
