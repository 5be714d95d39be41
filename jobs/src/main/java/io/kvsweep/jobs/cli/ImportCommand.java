package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.canonical.CaptureImporter;
import io.kvsweep.datasets.canonical.ImportSummary;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.jobs.table.Plural;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep import CAPTURE... --out DATASET}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Adds captures to a dataset, all or none.",
      "A prompt that is there already with the same content is left alone; with other"
          + " content it is an error."
    })
final class ImportCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "CAPTURE",
      description =
          "safetensors files, folders of them or globs; or a folder of Parquet with dataset.json.")
  private List<String> captures;

  @Option(names = "--out", required = true, paramLabel = "DATASET", description = "The dataset.")
  private String dataset;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    PrintWriter err = command.commandLine().getErr();
    CaptureImporter importer =
        new CaptureImporter(
            Storage.of(dataset, conf).root(), conf, line -> ConsoleLines.say(err, line));
    ImportSummary summary = importer.importPaths(captures);
    ConsoleLines.say(command.commandLine().getOut(), describe(dataset, summary));
    return ExitCode.OK;
  }

  static String describe(String dataset, ImportSummary summary) {
    return String.format(
        Locale.ROOT,
        "%s: %s added, %d unchanged, %s (%.1f MB)",
        dataset,
        Plural.of(summary.added(), "prompt"),
        summary.unchanged(),
        Plural.of(summary.values(), "value"),
        summary.bytes() / 1e6);
  }
}
