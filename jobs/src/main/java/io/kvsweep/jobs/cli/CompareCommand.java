package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.compare.CompareTables;
import io.kvsweep.jobs.compare.Verdict;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep compare OLD NEW}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Says which methods became better or worse between two outputs of a sweep.",
      "On identical (model, prompt, layer) and tensors: per method better, same or worse,"
          + " with the ratio of errors and bits and its interval over prompts; and what only one"
          + " of them has. Writes NEW/tables/compare.parquet, .csv and .md."
    },
    footer = "Exit code 4 says that a method is worse, or fails where it did not.")
final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "OLD", description = "Output folder before.")
  private String before;

  @Parameters(index = "1", paramLabel = "NEW", description = "Output folder now.")
  private String now;

  @Option(
      names = "--threshold",
      paramLabel = "CHANGE",
      defaultValue = "0.01",
      description = "Relative change that counts (default: ${DEFAULT-VALUE}, which is 1 %%).")
  private double threshold;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    if (!(threshold > 0 && threshold < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException(
          "--threshold is %s: expected a relative change above 0, as 0.01 for 1 %%"
              .formatted(threshold));
    }
    Configuration conf = HadoopConf.current();
    ResultStore old = ResultStore.open(before, conf);
    ResultStore latest = ResultStore.open(now, conf);
    if (old.root().equals(latest.root())) {
      throw new InvalidInputException(
          "OLD and NEW are the same folder, %s; keep a copy of results/ from before to compare with"
              .formatted(now));
    }
    CompareTables.Written written;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep compare");
        ProgressLine progress =
            ProgressLine.start(command.commandLine().getErr(), ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      SparkSession running = session.get();
      progress.phase("comparing");
      written = CompareTables.write(running, old, latest, threshold);
    }
    PrintWriter out = command.commandLine().getOut();
    out.print(written.text());
    out.println("written: " + written.table());
    out.flush();
    return written.verdict() == Verdict.WORSE ? ExitCode.REGRESSION : ExitCode.OK;
  }
}
