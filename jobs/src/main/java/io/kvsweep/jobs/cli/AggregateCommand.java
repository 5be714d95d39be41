package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep aggregate OUT}. */
@Command(
    name = "aggregate",
    mixinStandardHelpOptions = true,
    description = {
      "Summarises the results of a sweep: tables/summary.parquet, .csv and on screen; gathers what",
      "theory says beside them: tables/spectra.parquet and tables/ranges.parquet."
    },
    footer = "Exit code 3 says that some rows failed; they are listed and in no mean.")
final class AggregateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "OUT", description = "Output folder of a sweep.")
  private String output;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    // Before Spark starts, which takes seconds, and with the settings that spark-submit gave.
    ResultStore store = ResultStore.open(output, HadoopConf.current());
    try (SparkOptions.Lazy session = spark.lazy("kvsweep aggregate")) {
      AggregateTables.Written written = aggregate(store, session);
      PrintWriter out = command.commandLine().getOut();
      out.print(written.text());
      out.print(written.theory());
      written.files().forEach(file -> out.println("written: " + file));
      out.flush();
      return written.failedRows() == 0 ? ExitCode.OK : ExitCode.FAILED_ROWS;
    }
  }

  private AggregateTables.Written aggregate(ResultStore store, SparkOptions.Lazy session) {
    PrintWriter err = command.commandLine().getErr();
    try (ProgressLine progress = ProgressLine.start(err, ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      SparkSession running = session.get();
      progress.phase("aggregating");
      return AggregateTables.write(running, store);
    }
  }
}
