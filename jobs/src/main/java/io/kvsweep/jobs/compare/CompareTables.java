package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.Aggregation;
import io.kvsweep.jobs.aggregate.WrittenTable;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.Column;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Compares two outputs, writes the table, and says it in words. */
public final class CompareTables {
  private CompareTables() {}

  /**
   * What was written.
   *
   * @param text for a terminal
   * @param verdict the most alarming one
   */
  public record Written(String text, WrittenTable table, Verdict verdict) {}

  /** A number of a method. */
  private record Line(MethodChange method, Change change) {}

  /**
   * Writes {@code tables/compare.parquet}, {@code .csv} and {@code .md} of the new output.
   *
   * @param before the old output; only read
   * @param threshold a relative change above 0 that counts, as 0.01 for 1 %
   * @throws io.kvsweep.datasets.InvalidInputException if no cell is in both on the same tensors, or
   *     naming a file that cannot be read
   */
  public static Written write(
      SparkSession spark, ResultStore before, ResultStore now, double threshold) {
    Comparison comparison =
        Comparison.of(Aggregation.run(spark, before), Aggregation.run(spark, now), threshold);
    List<Line> lines =
        comparison.methods().stream()
            .flatMap(method -> method.changes().stream().map(change -> new Line(method, change)))
            .toList();
    return new Written(
        CompareText.of(comparison, threshold),
        WrittenTable.write(now, "compare", columns(), lines),
        comparison.verdict());
  }

  private static List<Column<Line>> columns() {
    return List.of(
        Column.ofString("model", line -> line.method().key().model()),
        Column.ofString("kind", line -> line.method().key().kind()),
        Column.ofLong("seed", line -> line.method().key().seed()),
        Column.ofString("method", line -> line.method().key().method()),
        Column.ofString("method_spec", line -> line.method().key().methodSpec()),
        Column.ofString("verdict", line -> line.method().verdict().label()),
        Column.ofString("metric", line -> line.change().compared().label()),
        Column.ofString("metric_verdict", line -> line.change().verdict().label()),
        Column.ofDouble("log_ratio", line -> line.change().logRatio().mean()),
        Column.ofDouble("log_ratio_low", line -> line.change().logRatio().low()),
        Column.ofDouble("log_ratio_high", line -> line.change().logRatio().high()),
        Column.ofDouble("ratio", line -> line.change().logRatio().map(StrictMath::exp).mean()),
        Column.ofInt("n_pairs", line -> line.change().logRatio().n()),
        Column.ofInt("n_prompts", line -> line.change().logRatio().prompts()),
        Column.ofInt("n_models", line -> line.change().logRatio().models()),
        Column.ofInt("n_from_zero", line -> line.change().fromZero() + line.change().toInfinity()),
        Column.ofInt("n_to_zero", line -> line.change().toZero() + line.change().fromInfinity()),
        Column.ofInt("n_lost", line -> line.change().lost()),
        Column.ofInt("n_other_version", line -> line.method().rows().otherVersion()),
        Column.ofInt("n_other_tensors", line -> line.method().rows().otherTensors()),
        Column.ofInt("n_fails_now", line -> line.method().rows().failsNow()),
        Column.ofInt("n_works_now", line -> line.method().rows().worksNow()),
        Column.ofInt("n_fails_still", line -> line.method().rows().failsStill()),
        Column.ofInt("n_gone", line -> line.method().rows().gone()),
        Column.ofInt("n_added", line -> line.method().rows().added()));
  }
}
