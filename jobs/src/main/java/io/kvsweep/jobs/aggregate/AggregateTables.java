package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** Computes the tables of an output folder, writes them, and says them in words. */
public final class AggregateTables {
  private AggregateTables() {}

  /**
   * What was written.
   *
   * @param text for a terminal
   * @param theory for a terminal; empty without spectra
   * @param failedRows rows without a measurement
   * @param diagnostics paths of the tables that are Parquet alone
   */
  public record Written(
      SummaryTable summary,
      String text,
      String theory,
      int failedRows,
      List<WrittenTable> files,
      List<String> diagnostics) {}

  /**
   * Writes all tables to {@code tables/}, each as Parquet, CSV and Markdown; {@code spectra} and
   * {@code ranges} as Parquet alone, where the sweep has such rows.
   *
   * @throws InvalidInputException if the reference was not measured or a result file is damaged
   */
  public static Written write(SparkSession spark, ResultStore store, AggregateOptions options) {
    store.sweepAbandoned();
    List<GroupRows> groups = Aggregation.run(spark, store);
    return write(store, groups, diagnostics(spark, store, groups), options);
  }

  /**
   * @param groups sorted
   */
  static Written write(
      ResultStore store,
      List<GroupRows> groups,
      Map<Diagnostic, DiagnosticTable> diagnostics,
      AggregateOptions options) {
    Optional<String> reference =
        options.referenceAmong(
            groups.stream()
                .map(group -> group.key().methodSpec())
                .collect(Collectors.toCollection(TreeSet::new)));
    SummaryTable summary = SummaryTable.of(groups);
    List<BudgetTable.Line> budgets = BudgetTable.lines(summary, options.budgets());
    List<WrittenTable> files =
        List.of(
            WrittenTable.write(store, "summary", SummaryTable.columns(), summary.lines()),
            WrittenTable.write(
                store, "frontier", FrontierTable.columns(), FrontierTable.lines(summary)),
            WrittenTable.write(store, "budgets", BudgetTable.columns(), budgets),
            WrittenTable.write(
                store,
                "paired",
                PairedTable.columns(),
                PairedTable.lines(groups, summary, reference)),
            WrittenTable.write(store, "layers", LayerTable.columns(), LayerTable.lines(groups)),
            WrittenTable.write(store, "worst", WorstTable.columns(), WorstTable.lines(groups)),
            WrittenTable.write(
                store, "correlations", CorrelationTable.columns(), CorrelationTable.lines(groups)));
    KeptOptions.write(store, options);
    return new Written(
        summary,
        new SummaryText(summary, budgets).toString(),
        Optional.ofNullable(diagnostics.get(Diagnostic.SPECTRA)).map(TheoryText::of).orElse(""),
        summary.failures().size(),
        files,
        diagnostics.entrySet().stream()
            .map(
                table ->
                    store.writeTable(
                        table.getKey().label() + ".parquet", table.getValue().parquet()))
            .toList());
  }

  private static Map<Diagnostic, DiagnosticTable> diagnostics(
      SparkSession spark, ResultStore store, List<GroupRows> groups) {
    Set<RowId> counted =
        groups.stream()
            .flatMap(group -> group.rows().stream())
            .map(MetricRow::id)
            .collect(Collectors.toSet());
    Map<Diagnostic, DiagnosticTable> tables = new EnumMap<>(Diagnostic.class);
    for (Diagnostic diagnostic : Diagnostic.values()) {
      DiagnosticTable.gather(spark, store, diagnostic, counted::contains)
          .ifPresent(table -> tables.put(diagnostic, table));
    }
    return tables;
  }
}
