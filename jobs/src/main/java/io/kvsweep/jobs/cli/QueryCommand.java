package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.query.Query;
import io.kvsweep.jobs.query.QueryRows;
import io.kvsweep.jobs.query.View;
import io.kvsweep.jobs.results.ResultStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvsweep query OUT SQL}. */
@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one SQL query over the output folder of a sweep.",
      "The rows, and nothing else, go to standard output. Views: results (a row per cell,"
          + " model, prompt and layer), runs; of 'kvsweep aggregate': summary, frontier, budgets,"
          + " paired, layers, worst, correlations, spectra, ranges; of 'kvsweep claims': claims."
          + " DESCRIBE VIEW lists the columns of one. The SQL is Spark's, with kv_roundtrip of"
          + " kvsweep; files can be named as parquet.`PATH`. Nested values are JSON, binary ones"
          + " base64. docs/queries.md has recipes."
    },
    footer = {
      "Example:",
      "  kvsweep query quickstart \"SELECT model, method_spec, effective_bits, error",
      "    FROM frontier WHERE metric = 'nmse' AND prompt_length = 'captured'\""
    })
final class QueryCommand implements Callable<Integer> {
  private static final int DEFAULT_LIMIT = 1000;

  @Parameters(index = "0", paramLabel = "OUT", description = "Output folder of a sweep.")
  private String output;

  @Parameters(
      index = "1",
      paramLabel = "SQL",
      description = "One query; - reads it from standard input.")
  private String sql;

  @Parameters(index = "2..*", hidden = true)
  private List<String> more = List.of();

  @ArgGroup private Form form = new Form();

  private static final class Form {
    @Option(names = "--csv", description = "Write CSV with all digits; null is an empty field.")
    private boolean csv;

    @Option(
        names = "--json",
        description =
            "Write one JSON array with all digits, an object per line; NaN and infinities are strings.")
    private boolean json;
  }

  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "Write at most N rows (default: 1000 in an aligned table, all with --csv and --json).")
  private Integer limit;

  @Mixin private SparkOptions spark;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    if (limit != null && (limit < 1 || limit == Integer.MAX_VALUE)) {
      throw new InvalidInputException("--limit is %d; expected 1 or more".formatted(limit));
    }
    if (!more.isEmpty()) {
      throw new InvalidInputException(
          ("the query came as %d arguments, of which the first is '%s': a shell splits it at blanks and"
                  + " replaces * by names of files; quote the statement: kvsweep query %s \"SELECT ...\"")
              .formatted(more.size() + 1, sql, output));
    }
    ResultStore store = ResultStore.open(output, HadoopConf.current());
    String text = sql.equals("-") ? standardInput() : sql;
    try (SparkOptions.Lazy session = spark.lazy("kvsweep query")) {
      Query query = new Query(start(session), store, text);
      QueryRows rows = query.checked(() -> new QueryRows(query.rows()));
      warn(query.outdated(), store);
      query.checked(() -> write(rows));
    }
    return ExitCode.OK;
  }

  private SparkSession start(SparkOptions.Lazy session) {
    PrintWriter err = command.commandLine().getErr();
    try (ProgressLine progress = ProgressLine.start(err, ProgressLine.Mode.choose(false))) {
      progress.phase("starting Spark");
      return session.get();
    }
  }

  private void warn(List<View> outdated, ResultStore store) {
    if (!outdated.isEmpty()) {
      ConsoleLines.say(
          command.commandLine().getErr(),
          "kvsweep: older than the results: %s; %s anew"
              .formatted(
                  outdated.stream().map(View::label).collect(Collectors.joining(", ")),
                  outdated.stream()
                      .map(view -> view.remedy(store.root()))
                      .distinct()
                      .collect(Collectors.joining(", "))));
    }
  }

  private Void write(QueryRows rows) {
    PrintWriter out = command.commandLine().getOut();
    QueryRows wanted = limit == null ? rows : rows.first(limit);
    if (form.csv) {
      wanted.csv(out);
    } else if (form.json) {
      wanted.json(out);
    } else {
      int most = limit == null ? DEFAULT_LIMIT : limit;
      if (rows.aligned(most, out)) {
        ConsoleLines.say(
            command.commandLine().getErr(),
            "kvsweep: these are the first %d rows; --limit N shows more, --csv and --json write all"
                .formatted(most));
      }
    }
    return null;
  }

  private static String standardInput() {
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read standard input", e);
    }
  }
}
