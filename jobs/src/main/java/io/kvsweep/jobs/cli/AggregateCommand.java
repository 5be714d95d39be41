package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep aggregate OUT}. */
@Command(
    name = "aggregate",
    mixinStandardHelpOptions = true,
    description = {
      "Summarises the results of a sweep.",
      "On screen, and in tables/ as Parquet, CSV and Markdown: summary, frontier, budgets,"
          + " paired, layers, worst, correlations; and gathers spectra and ranges as Parquet,"
          + " where the sweep has svdq or decoquant."
    },
    footer = "Exit code 3 says that some rows failed; they are listed and in no mean.")
final class AggregateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "OUT", description = "Output folder of a sweep.")
  private String output;

  @Option(
      names = "--reference",
      paramLabel = "SPEC",
      description =
          "What tables/paired compares with, as the printed tables name it, such as"
              + " 'rtn(bits=4,axis=channel)' (default: for each method the nearest in effective bits"
              + " of rtn, else kivi, else the first family by name).")
  private String reference;

  @Option(
      names = "--budgets",
      paramLabel = "BITS",
      split = ",",
      description =
          "Effective bits per value at which tables/budgets compares (default:"
              + " 1.5,2,2.5,3,4,6,8).")
  private List<Double> budgets;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    AggregateOptions options =
        new AggregateOptions(
            Optional.ofNullable(reference),
            budgets == null ? AggregateOptions.DEFAULT.budgets() : budgets);
    // Before Spark starts, which takes seconds, and with the settings that spark-submit gave.
    ResultStore store = ResultStore.open(output, HadoopConf.current());
    options.checkReference(store);
    try (SparkOptions.Lazy session = spark.lazy("kvsweep aggregate")) {
      AggregateTables.Written written = aggregate(store, options, session);
      PrintWriter out = command.commandLine().getOut();
      out.print(written.text());
      out.print(written.theory());
      written.files().forEach(file -> out.println("written: " + file));
      written.diagnostics().forEach(file -> out.println("written: " + file));
      out.flush();
      return written.failedRows() == 0 ? ExitCode.OK : ExitCode.FAILED_ROWS;
    }
  }

  private AggregateTables.Written aggregate(
      ResultStore store, AggregateOptions options, SparkOptions.Lazy session) {
    PrintWriter err = command.commandLine().getErr();
    try (ProgressLine progress = ProgressLine.start(err, ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      SparkSession running = session.get();
      progress.phase("aggregating");
      return AggregateTables.write(running, store, options);
    }
  }
}
