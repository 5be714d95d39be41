package io.kvsweep.jobs.aggregate;

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
   * dropped count as errors, or whatever keeps least would be best.
   */
  public boolean compares(GroupKey method) {
    return compares(method.hasSelector());
  }

  /** The same, of all methods with a selector or all without. */
  public boolean compares(boolean hasSelector) {
    return this == OUTPUT_ERROR || !hasSelector;
  }

  /** Start of the names of its columns. */
  public String label() {
    return metric.key();
  }
}
