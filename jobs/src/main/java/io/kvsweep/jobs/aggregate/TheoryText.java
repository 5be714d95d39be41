package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.jobs.table.TextTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * What theory says beside what was measured, for a terminal: a line per model, kind, specification
 * and seed.
 */
final class TheoryText {
  private static final double CLOSE = 0.25;

  private TheoryText() {}

  private record Line(String model, String kind, String spec, long seed) {
    static final Comparator<Line> ORDER =
        Comparator.comparing(Line::model)
            .thenComparing(Line::kind)
            .thenComparing(Line::spec)
            .thenComparingLong(Line::seed);

    static Line of(Row row) {
      return new Line(
          row.getAs("model"), row.getAs("kind"), row.getAs("method_spec"), row.<Long>getAs("seed"));
    }
  }

  /**
   * @param spectra the table {@code spectra}
   * @return nothing if it has no rows
   */
  static String of(DiagnosticTable spectra) {
    Map<Line, List<Row>> lines = new TreeMap<>(Line.ORDER);
    for (Row row : spectra.rows()) {
      lines.computeIfAbsent(Line.of(row), key -> new ArrayList<>()).add(row);
    }
    if (lines.isEmpty()) {
      return "";
    }
    boolean severalSeeds = lines.keySet().stream().map(Line::seed).distinct().count() > 1;
    List<String> headers = new ArrayList<>(List.of("model", "kind", "method"));
    headers.addAll(severalSeeds ? List.of("seed") : List.of());
    headers.addAll(
        List.of(
            "rows",
            "decay",
            "channels_99",
            "predicted/measured",
            "within 25 %",
            "gaussian within 25 %"));
    TextTable table = new TextTable(headers, 3);
    lines.forEach(
        (line, rows) -> {
          List<String> cells =
              new ArrayList<>(
                  List.of(line.model(), line.kind(), ShortSpec.STANDARD.of(line.spec())));
          cells.addAll(severalSeeds ? List.of(Long.toString(line.seed())) : List.of());
          cells.addAll(numbers(rows));
          table.row(cells);
        });
    String failed =
        spectra.failed() == 0
            ? ""
            : "%d rows of the spectra failed; see status and error there%n"
                .formatted(spectra.failed());
    return "theory: error from singular values and one error per width (docs/theory.md); medians over rows\n"
        + table
        + failed;
  }

  private static List<String> numbers(List<Row> rows) {
    return List.of(
        Integer.toString(rows.size()),
        median(rows, "decay"),
        median(rows, "channels_99"),
        median(rows, "predicted_over_measured"),
        within(rows, "predicted_nmse"),
        within(rows, "predicted_nmse_gaussian"));
  }

  private static String median(List<Row> rows, String column) {
    List<Double> values =
        rows.stream()
            .map(row -> row.<Number>getAs(column))
            .filter(Objects::nonNull)
            .map(Number::doubleValue)
            .toList();
    return TextTable.number(MetricSummary.median(values));
  }

  /** Rows whose prediction is close, of those with an error to compare it with. */
  private static String within(List<Row> rows, String predicted) {
    List<Row> compared =
        rows.stream().filter(row -> row.getAs("predicted_over_measured") != null).toList();
    long close =
        compared.stream()
            .filter(
                row -> {
                  double measured = row.<Double>getAs("measured_nmse");
                  return Math.abs(row.<Double>getAs(predicted) / measured - 1) <= CLOSE;
                })
            .count();
    return close + " of " + compared.size();
  }
}
