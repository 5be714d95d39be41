package io.kvsweep.jobs.aggregate;

import java.io.Serializable;
import java.util.List;

/**
 * One line of the summary: a method on a model, or over models.
 *
 * @param models 1, or how many models the line is the mean of
 * @param rows (prompt, layer) pairs, failed ones included
 * @param prompts prompts, counted per model
 * @param layers layers, counted per model
 * @param failed rows that were not measured; they are in no mean
 * @param nominalBits mean over rows
 * @param effectiveBits 8 * bytes / values over all measured rows
 * @param compressionRatio captured bytes / bytes over all measured rows
 * @param metrics by {@link SummaryMetric#ordinal()}
 * @param worst where the worst {@code nmse} is, or null if there is none
 */
public record Summary(
    GroupKey key,
    int models,
    int rows,
    int prompts,
    int layers,
    int failed,
    Double nominalBits,
    Double effectiveBits,
    Double compressionRatio,
    List<MetricSummary> metrics,
    Place worst)
    implements Serializable {

  /** Where a value was measured. */
  public record Place(String model, int layer, String prompt) implements Serializable {}

  /** Summary of one metric. */
  public MetricSummary metric(SummaryMetric metric) {
    return metrics.get(metric.ordinal());
  }
}
