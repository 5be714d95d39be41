package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.calibrate.Calibration;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep calibrate SPEC}. */
@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Fits what a calibrated method needs of each model, on some prompts.",
      "It goes to a folder, one file per model and method, beside what is there. A sweep"
          + " takes that folder as --artefacts and refuses to score the prompts that were fitted"
          + " on."
    })
final class CalibrateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SPEC", description = "The method, such as \"aqua(bits=2)\".")
  private String spec;

  @Option(names = "--dataset", required = true, paramLabel = "D", description = "The dataset.")
  private String dataset;

  @Option(
      names = "--prompts",
      required = true,
      split = ",",
      paramLabel = "P",
      description = "Prompts to fit on, separated by commas; * and ? as in sweep files.")
  private List<String> prompts;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "M",
      description = "Models, separated by commas; * and ? as in sweep files (default: all).")
  private List<String> models = List.of("*");

  @Option(names = "--out", required = true, paramLabel = "A", description = "Folder of artefacts.")
  private String output;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Calibration calibration =
        new Calibration(spec, models, prompts, dataset, output, HadoopConf.current());
    PrintWriter err = command.commandLine().getErr();
    Calibration.Outcome outcome;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep calibrate")) {
      outcome = calibration.run(session::get, line -> ConsoleLines.say(err, line));
    }
    PrintWriter out = command.commandLine().getOut();
    outcome.reports().forEach(report -> out.println(report.text()));
    outcome.files().forEach(file -> ConsoleLines.say(out, "written: " + file));
    ConsoleLines.say(
        out,
        "%d artefacts made, %d were there already"
            .formatted(outcome.files().size(), outcome.present()));
    return ExitCode.OK;
  }
}
