package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.ResultColumn;

/** The metrics that are summarised. Of all of them, less is better and zero ideal. */
public enum SummaryMetric {
  NMSE(ResultColumn.NMSE),
  NMSE_CENTRED(ResultColumn.NMSE_CENTRED),
  LOGIT_RMS(ResultColumn.LOGIT_RMS),
  ATTENTION_KL(ResultColumn.ATTENTION_KL),
  OUTPUT_ERROR(ResultColumn.OUTPUT_ERROR);

  private final ResultColumn column;

  SummaryMetric(ResultColumn column) {
    this.column = column;
  }

  ResultColumn column() {
    return column;
  }

  /** Start of the names of its columns. */
  public String label() {
    return column.label();
  }
}
