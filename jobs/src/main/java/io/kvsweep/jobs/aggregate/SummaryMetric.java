package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.Metric;

/** The metrics that are summarised. Of all of them, less is better and zero ideal. */
public enum SummaryMetric {
  NMSE(Metric.NMSE),
  NMSE_CENTRED(Metric.NMSE_CENTRED),
  LOGIT_RMS(Metric.LOGIT_RMS),
  ATTENTION_KL(Metric.ATTENTION_KL),
  OUTPUT_ERROR(Metric.OUTPUT_ERROR);

  private final Metric metric;

  SummaryMetric(Metric metric) {
    this.metric = metric;
  }

  /** Its definition. */
  public Metric metric() {
    return metric;
  }

  /**
   * Whether a method may be held against others by it. A selector may only where tokens that it
   * dropped count as errors, or whatever keeps least would be best; and what compresses values only
   * by what their errors move, or whatever takes fewest bits for them would be.
   */
  public boolean compares(GroupKey method) {
    return compares(method.kind(), method.hasSelector());
  }

  /** The same, of all methods of a kind with a selector or all without. */
  public boolean compares(String kind, boolean hasSelector) {
    return compares(metric, kind) && (this == OUTPUT_ERROR || !hasSelector);
  }

  /** Whether all that is compressed in rows of a kind moves a metric. */
  static boolean compares(Metric metric, String kind) {
    return !isOfKeys(metric) || kind.equals(CellKind.KEY.label());
  }

  /** Whether it tells anything of rows of a kind: where keys are exact, so are all logits. */
  public static boolean tells(Metric metric, String kind) {
    return !isOfKeys(metric) || !kind.equals(CellKind.VALUE.label());
  }

  /** Metrics of logits and what softmax makes of them, in which values have no part. */
  private static boolean isOfKeys(Metric metric) {
    return metric.group() == Metric.Group.ATTENTION && metric != Metric.OUTPUT_ERROR;
  }

  /** Start of the names of its columns. */
  public String label() {
    return metric.key();
  }
}
