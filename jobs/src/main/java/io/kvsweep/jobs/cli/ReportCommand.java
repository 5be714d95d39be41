package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.report.EChartsSvg;
import io.kvsweep.jobs.report.page.Report;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep report OUT}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes OUT/report.html, the results as one page that works offline.",
      "Beside it OUT/rate-distortion.svg, a picture of the model with the most rows. The page:"
          + " which method is best at how many bits on which model, pictures and tables, what"
          + " failed and why, and the command that measures a cell again. It shows tables/, and"
          + " makes these first where they are missing or older than the results; claims are"
          + " shown where 'kvsweep claims' judged them."
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "OUT", description = "Output folder of a sweep.")
  private String output;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    ResultStore store = ResultStore.open(output, HadoopConf.current());
    Report.Written written;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep report");
        ProgressLine progress =
            ProgressLine.start(command.commandLine().getErr(), ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      SparkSession running = session.get();
      progress.phase("writing the report");
      written = Report.write(running, store, output, new EChartsSvg());
    }
    PrintWriter out = command.commandLine().getOut();
    written.picture().ifPresent(picture -> out.println("written: " + picture));
    out.println("written: " + written.page());
    out.println("open: " + written.page());
    out.flush();
    return ExitCode.OK;
  }
}
