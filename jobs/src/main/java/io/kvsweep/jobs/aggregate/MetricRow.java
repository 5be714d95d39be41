package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.Metric;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;

/**
 * What aggregation needs of a result row.
 *
 * @param values numbers that were compressed
 * @param capturedBytes what they took in the capture
 * @param totalBytes length of the encoded block; 0 in a failed row
 * @param metrics by {@link Metric#ordinal()}, NaN where not computed; not copied, not changed
 * @param headMeans mean over heads, in the order of {@link #HEAD_METRICS}; the same
 * @param error reason of a failed row, null in a measured one
 */
public record MetricRow(
    String runId,
    String cellId,
    String unitId,
    String prompt,
    int layer,
    long values,
    long capturedBytes,
    long totalBytes,
    double[] metrics,
    double[] headMeans,
    String error)
    implements Serializable {
  /** What rows also hold per KV head. */
  static final List<Metric> HEAD_METRICS =
      List.of(Metric.NMSE, Metric.LOGIT_RMS, Metric.ATTENTION_KL, Metric.OUTPUT_ERROR);

  /** Total over the rows of a group, so that sums always run in the same order. */
  static final Comparator<MetricRow> ORDER =
      Comparator.comparing(MetricRow::prompt)
          .thenComparingInt(MetricRow::layer)
          .thenComparing(MetricRow::runId)
          .thenComparing(MetricRow::cellId)
          .thenComparing(MetricRow::unitId);

  public boolean failed() {
    return error != null;
  }

  /** A metric, or null where not computed. */
  public Double metric(Metric metric) {
    return orNull(metrics[metric.ordinal()]);
  }

  /** Its mean over heads, or null where not computed or not held per head. */
  Double headMean(Metric metric) {
    int at = HEAD_METRICS.indexOf(metric);
    return at < 0 ? null : orNull(headMeans[at]);
  }

  RowId id() {
    return new RowId(cellId, unitId, layer);
  }

  /** Where it was measured, within its model. */
  public Cell cell() {
    return new Cell(prompt, layer);
  }

  /** A layer of a prompt. */
  public record Cell(String prompt, int layer) implements Comparable<Cell> {
    @Override
    public int compareTo(Cell other) {
      int byPrompt = prompt.compareTo(other.prompt);
      return byPrompt != 0 ? byPrompt : Integer.compare(layer, other.layer);
    }
  }

  private static Double orNull(double value) {
    return Double.isNaN(value) ? null : (Double) value;
  }
}
