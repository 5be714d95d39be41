package io.kvsweep.jobs.report.page;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.aggregate.KeptOptions;
import io.kvsweep.jobs.aggregate.SummaryTable;
import io.kvsweep.jobs.aggregate.UnreadableFiles;
import io.kvsweep.jobs.query.View;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The tables of an output folder, made first where they are missing or older than its results, with
 * the options that they were made with before.
 */
final class ReportTables {
  private static final List<String> NEEDED = List.of("summary", "frontier", "budgets", "paired");

  private final SparkSession spark;
  private final ResultStore store;
  private final Predicate<Path> ofTheseResults;

  private ReportTables(SparkSession spark, ResultStore store) {
    this.spark = spark;
    this.store = store;
    this.ofTheseResults = store.isOfTheseResults();
  }

  /** The tables, as {@code kvsweep aggregate} left them if they are of these results. */
  static ReportTables current(SparkSession spark, ResultStore store) {
    ReportTables tables = new ReportTables(spark, store);
    if (!tables.areCurrent()) {
      AggregateTables.write(spark, store, tables.options());
    }
    return tables;
  }

  /** What the tables were asked for. */
  AggregateOptions options() {
    return KeptOptions.read(store).orElse(AggregateOptions.DEFAULT);
  }

  private boolean areCurrent() {
    Optional<AggregateOptions> kept = KeptOptions.read(store);
    if (kept.isEmpty() || !NEEDED.stream().allMatch(this::isCurrent)) {
      return false;
    }
    List<Double> budgets = budgets();
    boolean spectra = store.files(Diagnostic.SPECTRA).isEmpty() || isCurrent("spectra");
    // Tables of another version may lack columns, and come without their options.
    return spectra
        && (budgets.isEmpty() || budgets.equals(kept.get().budgets()))
        && Arrays.asList(read("summary", Dataset::columns).orElseThrow())
            .equals(SummaryTable.columns().stream().map(Column::name).toList());
  }

  /** Those of the table: all that were asked for, or none where no curve reaches one. */
  private List<Double> budgets() {
    return rows("budgets").stream()
        .map(row -> Rows.number(row, "budget_bits"))
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether a table is there and not older than the results. */
  boolean isCurrent(String name) {
    return store.table(name + ".parquet").filter(ofTheseResults).isPresent();
  }

  /** Its rows, in their order. */
  List<Row> rows(String name) {
    return optional(name)
        .orElseThrow(() -> new IllegalStateException("aggregation did not write " + name));
  }

  /** Its rows, if it is there. */
  Optional<List<Row>> optional(String name) {
    return read(name, Dataset::collectAsList);
  }

  private <T> Optional<T> read(String name, Function<Dataset<Row>, T> what) {
    return store.table(name + ".parquet").map(file -> read(file, what));
  }

  private <T> T read(Path file, Function<Dataset<Row>, T> what) {
    try {
      return UnreadableFiles.named(() -> what.apply(spark.read().parquet(file.toString())));
    } catch (InvalidInputException e) {
      throw View.unreadable(file, store, e); // a table has another remedy than results
    }
  }
}
