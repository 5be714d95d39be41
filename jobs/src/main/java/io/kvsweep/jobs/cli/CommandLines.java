package io.kvsweep.jobs.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command {@code kvsweep} with its subcommands, error messages and exit codes. */
@Command(
    name = "kvsweep",
    mixinStandardHelpOptions = true,
    versionProvider = VersionInfo.class,
    description = "Benchmarks compression of key/value caches of language models on Apache Spark.",
    subcommands = {
      QuickstartCommand.class,
      ImportCommand.class,
      SynthCommand.class,
      VerifyCommand.class,
      CalibrateCommand.class,
      ReconstructCommand.class,
      SweepCommand.class,
      AggregateCommand.class,
      ClaimsCommand.class,
      CompareCommand.class,
      QueryCommand.class,
      MethodsCommand.class,
      ReportCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 all well; 2 bad usage, configuration or input; 3 some rows failed;",
      "4 a regression in compare; 1 a bug of kvsweep."
    })
public final class CommandLines {
  private CommandLines() {}

  /** A command line ready to execute; it returns exit codes and never exits. */
  public static CommandLine create() {
    CommandLine commandLine = new CommandLine(new CommandLines());
    Converters.register(commandLine);
    Failures failures = new Failures();
    commandLine.setParameterExceptionHandler(failures);
    commandLine.setExecutionExceptionHandler(failures);
    return commandLine;
  }
}
