package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.claims.ClaimsTables;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep claims OUT}. */
@Command(
    name = "claims",
    mixinStandardHelpOptions = true,
    description = {
      "Holds what SVDq, AQUA-KV and DecoQuant claim against the results of a sweep.",
      "Each claim holds, does not hold, or is not measurable here, with the number"
          + " measured, its interval and its conditions. Writes tables/claims.parquet, .csv and"
          + " .md. jobs/sweeps/claims.yaml has the cells that it asks for, and says how to run"
          + " them; what is missing is named where a verdict would be."
    },
    footer = "Exit code 0 whatever the verdicts.")
final class ClaimsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "OUT", description = "Output folder of a sweep.")
  private String output;

  @Option(
      names = "--artefacts",
      paramLabel = "A",
      description = "Folder of 'kvsweep calibrate', for what its reports tell.")
  private String artefacts;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    ResultStore store = ResultStore.open(output, conf);
    Optional<ArtefactFolder> folder =
        Optional.ofNullable(artefacts).map(path -> ArtefactFolder.of(path, conf));
    folder.ifPresent(ArtefactFolder::reports); // bad ones are found before Spark starts
    ClaimsTables.Written written;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep claims");
        ProgressLine progress =
            ProgressLine.start(command.commandLine().getErr(), ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      SparkSession running = session.get();
      progress.phase("judging");
      written = ClaimsTables.write(running, store, folder);
    }
    PrintWriter out = command.commandLine().getOut();
    out.print(written.text());
    out.println("conditions, rules and intervals:");
    written.files().forEach(file -> out.println("written: " + file));
    out.flush();
    return ExitCode.OK;
  }
}
