package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Evidence.Range;
import io.kvsweep.jobs.claims.Evidence.Spectrum;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.Status;
import java.util.List;
import org.apache.spark.sql.Row;

/** Rows of the tables beside the results, keys alone. */
final class DiagnosticRows {
  private static final String KEY = CellKind.KEY.label();

  private DiagnosticRows() {}

  /** Those of whole tensors: a decomposition of heads apart is not the paper's. */
  static List<Spectrum> spectra(List<Row> rows) {
    return rows.stream()
        .filter(row -> isMeasured(row) && row.getAs("head") == null)
        .map(
            row ->
                new Spectrum(
                    place(row),
                    row.getAs("method_spec"),
                    row.<Integer>getAs("channels"),
                    row.<Integer>getAs("channels_99"),
                    row.getAs("predicted_nmse"),
                    row.getAs("measured_nmse")))
        .toList();
  }

  static List<Range> ranges(List<Row> rows) {
    return rows.stream()
        .filter(DiagnosticRows::isMeasured)
        .map(
            row ->
                new Range(
                    place(row),
                    row.getAs("method_spec"),
                    row.getAs("tensor"),
                    row.<Double>getAs("iqr"),
                    row.<Double>getAs("absmax_over_rms"),
                    row.<Double>getAs("kurtosis")))
        .toList();
  }

  private static boolean isMeasured(Row row) {
    return Status.MEASURED.label().equals(row.getAs("status")) && KEY.equals(row.getAs("kind"));
  }

  private static Place place(Row row) {
    return new Place(row.getAs("model"), row.getAs("prompt"), row.<Integer>getAs("layer"));
  }
}
