package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.CaptureImporter;
import io.kvsweep.datasets.canonical.ImportSummary;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.config.SweepConfigReader;
import io.kvsweep.jobs.report.EChartsSvg;
import io.kvsweep.jobs.report.page.Report;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.jobs.sweep.Sweep;
import io.kvsweep.jobs.sweep.SweepProgress;
import io.kvsweep.jobs.table.TextTable;
import io.kvsweep.udfs.method.Methods;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvsweep quickstart}: the main job on the shipped captures, from import to picture. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description =
        "Imports the shipped captures, runs the shipped sweep, and shows tables and a picture.")
final class QuickstartCommand implements Callable<Integer> {
  /** Set by the launcher: the checkout, which holds the captures and the sweep file. */
  private static final String HOME = "kvsweep.home";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quickstart",
      description = "Where everything goes (default: ${DEFAULT-VALUE}).")
  private String output;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    Path home = home();
    PrintWriter out = command.commandLine().getOut();
    Storage folder = Storage.of(output, conf);
    // Relative where the user's folder is, so that commands in the report can be pasted.
    String dataset = new org.apache.hadoop.fs.Path(output, "dataset").toString();
    importSamples(home, folder, conf, out);
    SweepConfig config =
        new SweepConfigReader(conf, Methods.STANDARD)
            .read(home.resolve("jobs/sweeps/quickstart.yaml").toString(), List.of())
            .withDataset(Optional.of(dataset))
            .withOutput(Optional.of(output));
    try (SparkOptions.Lazy session = spark.lazy("kvsweep quickstart")) {
      Shown shown = measure(config, conf, session);
      out.println();
      out.print(shown.tables().text());
      out.println("A stored tensor through a method and back, in SQL:");
      out.println();
      out.println("  " + shown.query().replace("\n", "\n  "));
      out.println();
      out.print(shown.answer());
      out.println();
      out.println(SweepCommand.describe(shown.outcome()));
      shown.tables().files().forEach(file -> out.println("written: " + file));
      shown.tables().diagnostics().forEach(file -> out.println("written: " + file));
      shown.report().picture().ifPresent(picture -> out.println("written: " + picture));
      out.println("written: " + shown.report().page());
      out.println("next: README.md, 'Your own captures'");
      out.println("open: " + shown.report().page());
      out.flush();
      return shown.tables().failedRows() == 0 ? ExitCode.OK : ExitCode.FAILED_ROWS;
    }
  }

  private static Path home() {
    String home = System.getProperty(HOME);
    if (home == null) {
      throw new InvalidInputException(
          "quickstart needs the captures of a checkout, and -D"
              + HOME
              + " does not name one; start it as ./kvsweep quickstart");
    }
    return Path.of(home);
  }

  private static void importSamples(
      Path home, Storage folder, Configuration conf, PrintWriter out) {
    CaptureImporter importer =
        new CaptureImporter(folder.path("dataset"), conf, line -> ConsoleLines.say(out, line));
    ImportSummary summary =
        importer.importPaths(List.of(home.resolve("datasets/samples").toString()));
    ConsoleLines.say(out, ImportCommand.describe("dataset", summary));
  }

  /** All that is shown at the end. */
  private record Shown(
      Sweep.Outcome outcome,
      AggregateTables.Written tables,
      String query,
      String answer,
      Report.Written report) {}

  private Shown measure(SweepConfig config, Configuration conf, SparkOptions.Lazy session) {
    PrintWriter err = command.commandLine().getErr();
    try (ProgressLine progress = ProgressLine.start(err, ProgressLine.Mode.choose(false))) {
      Sweep.Outcome outcome =
          new Sweep(config, Sweep.Options.NONE, conf).run(session::get, progress);
      return summarise(config, conf, session.get(), outcome, progress);
    }
  }

  private static Shown summarise(
      SweepConfig config,
      Configuration conf,
      SparkSession spark,
      Sweep.Outcome outcome,
      SweepProgress progress) {
    progress.phase("aggregating");
    ResultStore store = ResultStore.open(config.output().orElseThrow(), conf);
    AggregateTables.Written tables = AggregateTables.write(spark, store, AggregateOptions.DEFAULT);
    progress.phase("asking in SQL");
    String query = roundtrip(config.dataset().orElseThrow());
    String answer = table(spark.sql(query));
    progress.phase("writing the report");
    Report.Written report =
        Report.write(spark, store, config.output().orElseThrow(), new EChartsSvg());
    return new Shown(outcome, tables, query, answer, report);
  }

  private static String roundtrip(String dataset) {
    return """
        SELECT model, layer, round(r.effective_bits, 3) AS effective_bits, round(r.nmse, 5) AS nmse
        FROM (SELECT model, layer,
                     kv_roundtrip(payload, dtype, tokens, heads, head_dim, 'svdq(bits=1.25)') AS r
              FROM parquet.`%s/tensors/*/*.parquet`
              WHERE kind = 'key' AND prompt = 'moby-dick')
        ORDER BY model, layer"""
        .formatted(dataset);
  }

  private static String table(Dataset<Row> answer) {
    TextTable table = new TextTable(List.of(answer.columns()), 1);
    for (Row row : answer.collectAsList()) {
      table.row(IntStream.range(0, row.size()).mapToObj(i -> String.valueOf(row.get(i))).toList());
    }
    return table.toString();
  }
}
