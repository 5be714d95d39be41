package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetVerifier;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.jobs.table.Plural;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep verify DATASET}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Reads a whole dataset again and compares it with its checksums.",
    footer = "Exit code 2 says that something is wrong; every problem is listed.")
final class VerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DATASET", description = "Folder with dataset.json.")
  private String dataset;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    PrintWriter err = command.commandLine().getErr();
    DatasetVerifier.Report report =
        DatasetVerifier.verify(
            Storage.of(dataset, conf).root(), conf, line -> ConsoleLines.say(err, line));
    if (!report.ok()) {
      throw new InvalidInputException(
          "%s: %s:%n%s"
              .formatted(
                  dataset,
                  Plural.of(report.problems().size(), "problem"),
                  String.join("\n", report.problems())));
    }
    PrintWriter out = command.commandLine().getOut();
    out.println(
        "%s: %s, %s, %s: all well"
            .formatted(
                dataset,
                Plural.of(report.files(), "file"),
                Plural.of(report.tensors(), "tensor"),
                Plural.of(report.values(), "value")));
    out.flush();
    return ExitCode.OK;
  }
}
