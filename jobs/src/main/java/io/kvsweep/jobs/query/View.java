package io.kvsweep.jobs.query;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.ResultTable;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.storage.Storage;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The views that a query can name. All but the first two are tables that a command has written. */
public enum View {
  /** The best row per (cell_id, unit_id, layer). */
  RESULTS(""),
  /** A row per run. */
  RUNS(""),
  SUMMARY("'kvsweep aggregate %s' writes it"),
  FRONTIER("'kvsweep aggregate %s' writes it"),
  BUDGETS("'kvsweep aggregate %s' writes it"),
  PAIRED("'kvsweep aggregate %s' writes it"),
  LAYERS("'kvsweep aggregate %s' writes it"),
  WORST("'kvsweep aggregate %s' writes it"),
  CORRELATIONS("'kvsweep aggregate %s' writes it"),
  SPECTRA("'kvsweep aggregate %s' writes it, where the sweep has svdq"),
  RANGES("'kvsweep aggregate %s' writes it, where the sweep has decoquant"),
  CLAIMS("'kvsweep claims %s' writes it");

  private final String remedy;

  View(String remedy) {
    this.remedy = remedy;
  }

  /** Name in SQL. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All names, for messages. */
  static String labels() {
    return Arrays.stream(values()).map(View::label).collect(Collectors.joining(", "));
  }

  /** The view of this name, in any case. */
  static Optional<View> of(String name) {
    return Arrays.stream(values()).filter(view -> view.name().equalsIgnoreCase(name)).findFirst();
  }

  /**
   * Its rows.
   *
   * @throws InvalidInputException if no command has written the table, naming the one that does; or
   *     if a file cannot be read
   */
  Dataset<Row> rows(SparkSession spark, ResultStore store) {
    return switch (this) {
      case RESULTS -> ResultTable.best(spark, store);
      case RUNS -> RunRows.of(spark, store);
      default -> table(spark, store);
    };
  }

  private Dataset<Row> table(SparkSession spark, ResultStore store) {
    Path file =
        file(store)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "no table '%s' in %s: %s"
                            .formatted(label(), Storage.show(store.root()), remedy(store.root()))));
    try {
      return spark.read().parquet(file.toString());
    } catch (Exception e) { // Scala throws checked ones too, and declares none
      throw unreadable(file, store, e);
    }
  }

  /** The file of a table, if it is one and there. */
  Optional<Path> file(ResultStore store) {
    return remedy.isEmpty() ? Optional.empty() : store.table(label() + ".parquet");
  }

  /** How it is made, in words. */
  public String remedy(Path root) {
    return remedy.formatted(Storage.show(root));
  }

  /** The message for a file in {@code tables/} that cannot be read. */
  public static InvalidInputException unreadable(Path file, ResultStore store, Throwable cause) {
    String remedy =
        of(file.getName().replaceFirst("\\.parquet$", ""))
            .map(view -> view.remedy(store.root()) + " anew")
            .orElse("delete it");
    return new InvalidInputException(
        "%s: not a readable table; %s".formatted(Storage.show(file), remedy), cause);
  }
}
