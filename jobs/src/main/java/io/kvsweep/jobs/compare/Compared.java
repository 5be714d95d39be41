package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.RoundingLevel;
import io.kvsweep.udfs.result.Metric;
import java.util.Arrays;
import java.util.List;

/** What is compared. Of all of them, less is better. */
enum Compared {
  EFFECTIVE_BITS(Metric.EFFECTIVE_BITS, "bits"),
  NMSE(Metric.NMSE, "nmse"),
  LOGIT_RMS(Metric.LOGIT_RMS, "logit rms"),
  ATTENTION_KL(Metric.ATTENTION_KL, "attn KL"),
  OUTPUT_ERROR(Metric.OUTPUT_ERROR, "output err");

  static final List<Compared> ALL = List.of(values());

  private final Metric metric;
  private final String title;

  Compared(Metric metric, String title) {
    this.metric = metric;
    this.title = title;
  }

  Metric metric() {
    return metric;
  }

  /** What rounding alone leaves: below it all are as good as exact. */
  double rounding() {
    return Arrays.stream(SummaryMetric.values())
        .filter(summarised -> summarised.metric() == metric)
        .mapToDouble(RoundingLevel::of)
        .findFirst()
        .orElse(0);
  }

  /** In a terminal. */
  String title() {
    return title;
  }

  /** In tables. */
  String label() {
    return metric.key();
  }
}
