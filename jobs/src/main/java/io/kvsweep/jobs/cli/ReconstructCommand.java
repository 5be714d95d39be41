package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.reconstruct.Reconstruct;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.jobs.table.Plural;
import io.kvsweep.udfs.method.Methods;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep reconstruct DATASET --method SPEC --out DIR}. */
@Command(
    name = "reconstruct",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes what a method decodes as captures, one file per prompt.",
      "They are float32, without queries, with the bytes of each tensor's blocks as"
          + " metadata. For other programs; 'import' them into a dataset of their own, and"
          + " 'external' scores them again."
    })
final class ReconstructCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DATASET", description = "Folder with dataset.json.")
  private String dataset;

  @Option(
      names = "--method",
      required = true,
      paramLabel = "SPEC",
      description = "One method, such as \"kivi(bits=4)\".")
  private String method;

  @Option(
      names = "--artefacts",
      paramLabel = "A",
      description = "Folder of 'kvsweep calibrate', for calibrated methods.")
  private String artefacts;

  @Option(
      names = "--prompts",
      split = ",",
      paramLabel = "P",
      description = "Prompts, separated by commas; * and ? as in sweep files (default: all).")
  private List<String> prompts = List.of("*");

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "M",
      description = "Models, separated by commas; * and ? as in sweep files (default: all).")
  private List<String> models = List.of("*");

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder of captures.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of whatever is random in it (default: 1).")
  private long seed = 1;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    Reconstruct reconstruct =
        new Reconstruct(
            Methods.STANDARD,
            method,
            seed,
            Optional.ofNullable(artefacts).map(folder -> ArtefactFolder.of(folder, conf)));
    PrintWriter err = command.commandLine().getErr();
    List<Path> files =
        reconstruct.run(
            Dataset.open(Storage.of(dataset, conf).root(), conf),
            models,
            prompts,
            out,
            line -> ConsoleLines.say(err, line));
    ConsoleLines.say(
        command.commandLine().getOut(), out + ": " + Plural.of(files.size(), "capture"));
    return ExitCode.OK;
  }
}
