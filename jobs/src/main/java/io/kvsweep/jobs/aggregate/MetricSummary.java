package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.Estimate;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Numbers of one metric in short; null where there is none.
 *
 * @param n rows that have it
 * @param complete whether these are all rows of which any method that it compares has it
 * @param mean over rows
 * @param median of an even count: mean of the middle two
 * @param worst the largest
 * @param meanOfHeads mean over rows of the mean over heads; null where rows do not hold heads
 * @param geometric geometric mean, layers within prompts within models, with its interval; {@link
 *     Estimate#NONE} where a row has no logarithm
 */
public record MetricSummary(
    int n,
    boolean complete,
    Double mean,
    Double median,
    Double worst,
    Double meanOfHeads,
    Estimate geometric)
    implements Serializable {

  /**
   * Of the numbers that are not null, summed in the order given.
   *
   * @param units how many of them it takes to be complete
   */
  static MetricSummary of(List<Double> numbers, int units, Double meanOfHeads, Estimate geometric) {
    double[] sorted =
        numbers.stream().filter(Objects::nonNull).mapToDouble(x -> x).sorted().toArray();
    if (sorted.length == 0) {
      return new MetricSummary(0, false, null, null, null, null, Estimate.NONE);
    }
    return new MetricSummary(
        sorted.length,
        sorted.length == units,
        mean(numbers),
        median(numbers),
        sorted[sorted.length - 1],
        meanOfHeads,
        geometric);
  }

  /**
   * Median of the numbers that are not null, of an even count the mean of the middle two; or null.
   */
  static Double median(List<Double> numbers) {
    double[] sorted =
        numbers.stream().filter(Objects::nonNull).mapToDouble(x -> x).sorted().toArray();
    if (sorted.length == 0) {
      return null;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * Mean of the numbers that are not null, or null. Equal numbers have exactly that mean, which
   * adding and dividing would not always give.
   */
  static Double mean(List<Double> numbers) {
    double[] present = numbers.stream().filter(Objects::nonNull).mapToDouble(x -> x).toArray();
    if (present.length == 0) {
      return null;
    }
    double sum = 0;
    for (double number : present) {
      sum += number;
    }
    boolean equal = Arrays.stream(present).allMatch(x -> x == present[0]);
    return equal ? present[0] : sum / present.length;
  }
}
