package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.sweep.Sweep;
import io.kvsweep.jobs.table.Plural;
import io.kvsweep.udfs.method.Methods;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvsweep sweep CONFIG.yaml}. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    description = {
      "Measures methods on the tensors of a dataset.",
      "What is published already is not measured again: the same command resumes a sweep"
          + " that was stopped, and adds what is new."
    },
    footer = "Exit code 3 says that some rows failed; they hold the reason.")
final class SweepCommand implements Callable<Integer> {
  @Mixin private SweepOptions options;

  @Mixin private SparkOptions spark;

  @Option(
      names = "--retry-failed",
      description = "Measure again what failed in earlier runs, such as after a file was mended.")
  private boolean retryFailed;

  @Option(names = "--json", description = "Progress as JSON lines.")
  private boolean json;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    Sweep sweep =
        new Sweep(
            options.config(conf, Methods.STANDARD),
            new Sweep.Options(options.artefacts(), retryFailed),
            conf);
    PrintWriter err = command.commandLine().getErr();
    Sweep.Outcome outcome;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep sweep");
        ProgressLine progress = ProgressLine.start(err, ProgressLine.Mode.choose(json))) {
      outcome = sweep.run(session::get, progress);
    }
    PrintWriter out = command.commandLine().getOut();
    ConsoleLines.say(out, describe(outcome));
    return outcome.allFailed() == 0 ? ExitCode.OK : ExitCode.FAILED_ROWS;
  }

  static String describe(Sweep.Outcome outcome) {
    String failures =
        outcome.allFailed() == 0
            ? ""
            : "; %d failed in all: 'kvsweep aggregate' lists them, 'kvsweep sweep --retry-failed' tries them again"
                .formatted(outcome.allFailed());
    return "%s measured, %d failed, %d were there already%s"
        .formatted(
            Plural.of(outcome.measured(), "cell"), outcome.failed(), outcome.published(), failures);
  }
}
