package io.kvsweep.jobs.aggregate;

import java.io.Serializable;
import java.util.Comparator;

/**
 * What aggregation needs of a result row.
 *
 * @param values numbers that were compressed
 * @param capturedBytes what they took in the capture
 * @param totalBytes length of the encoded block; 0 in a failed row
 * @param metrics by {@link SummaryMetric#ordinal()}, null where not computed; not copied, not
 *     changed
 * @param error reason of a failed row, null in a measured one
 */
record MetricRow(
    String runId,
    String cellId,
    String unitId,
    String prompt,
    int layer,
    long values,
    long capturedBytes,
    long totalBytes,
    Double nominalBits,
    Double[] metrics,
    String error)
    implements Serializable {
  /** Total over the rows of a group, so that sums always run in the same order. */
  static final Comparator<MetricRow> ORDER =
      Comparator.comparing(MetricRow::prompt)
          .thenComparingInt(MetricRow::layer)
          .thenComparing(MetricRow::runId)
          .thenComparing(MetricRow::cellId)
          .thenComparing(MetricRow::unitId);

  boolean failed() {
    return error != null;
  }

  Double metric(SummaryMetric metric) {
    return metrics[metric.ordinal()];
  }
}
