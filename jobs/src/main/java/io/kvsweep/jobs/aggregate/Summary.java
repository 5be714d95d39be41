package io.kvsweep.jobs.aggregate;

import java.util.List;
import java.util.Map;

/**
 * One line of the summary: a method on a model, or over models.
 *
 * @param models 1, or how many models the line is the mean of
 * @param rows (prompt, layer) pairs, failed ones included
 * @param prompts prompts, counted per model
 * @param layers layers, counted per model
 * @param failed rows that were not measured; they are in no mean
 * @param units (model, prompt, layer) that any method of the section measured
 * @param versions of the method, or of what it was fitted to, that the measured rows are of; 0 of
 *     methods that have none
 * @param readRatio mean over rows; null without a selector
 * @param keptMass the same
 * @param belowLimit rows below the Gaussian reference
 * @param belowLogitLimit rows with an error of logits below that of the Gaussian reference of
 *     logits
 * @param nominalBits mean over rows
 * @param effectiveBits as captured: 8 * bytes / values over all measured rows; at other lengths
 *     mean over rows; null values where not computed
 * @param compressionRatio captured bytes / bytes over all measured rows
 * @param nmseTotal all squared errors / all squares
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
    int units,
    int versions,
    Double readRatio,
    Double keptMass,
    int belowLimit,
    int belowLogitLimit,
    Double nominalBits,
    Map<PromptLength, Double> effectiveBits,
    Double compressionRatio,
    Double nmseTotal,
    List<MetricSummary> metrics,
    Place worst) {

  /** Where a value was measured. */
  public record Place(String model, int layer, String prompt) {}

  /** Rows in the means. */
  public int measured() {
    return rows - failed;
  }

  /**
   * Whether it measured all that any method of its section did, and so may be held against the
   * others by its means; and all of it with one version.
   */
  public boolean isComplete() {
    return measured() == units && !isMixed();
  }

  /** Whether its means are of several versions of the method. */
  public boolean isMixed() {
    return versions > 1;
  }

  /**
   * Whether its mean of a metric may be held against those of the others of its section. A metric
   * may be null in rows that were measured, and just in the accurate ones.
   */
  public boolean compares(SummaryMetric metric) {
    return isComplete() && metric(metric).complete() && metric.compares(key);
  }

  /** Whether it measured all, but has a metric in fewer rows than others of its section. */
  public boolean lacks(SummaryMetric metric) {
    return isComplete()
        && metric(metric).n() > 0
        && !metric(metric).complete()
        && metric.compares(key);
  }

  /** Summary of one metric. */
  public MetricSummary metric(SummaryMetric metric) {
    return metrics.get(metric.ordinal());
  }

  /** Bits per value, side information included, or null. */
  public Double effectiveBits(PromptLength length) {
    return effectiveBits.get(length);
  }

  /** The same at the captured length. */
  public Double capturedBits() {
    return effectiveBits(PromptLength.CAPTURED);
  }
}
