package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.udfs.linalg.BalancedFactors;
import java.util.Arrays;

/**
 * How wide the values of a matrix spread: what DecoQuant's argument rests on, that the large factor
 * has a narrower range than the matrix. Costs a sort.
 *
 * @param interquartileRange third less first quartile, by linear interpolation
 * @param peakToRms greatest magnitude over root mean square: the price of one outlier under absmax
 *     scaling; 0 for zeros
 * @param kurtosis fourth central moment over the squared second, 3 for a Gaussian; 0 without spread
 */
public record RangeEvidence(double interquartileRange, double peakToRms, double kurtosis) {

  /** Evidence of a matrix and of its two factors of variant A. */
  public record OfFactors(RangeEvidence matrix, RangeEvidence large, RangeEvidence small) {}

  /**
   * Evidence of a matrix and of its factors, unquantised.
   *
   * @param data {@code [tokens, channels]} in the rotary stage wanted
   * @param inner channels of a run, dividing the channels
   */
  public static OfFactors ofFactors(float[] data, int inner) {
    int rows = data.length / inner;
    BalancedFactors factors = BalancedFactors.of(data, rows, inner);
    double[] matrix = new double[data.length];
    for (int i = 0; i < data.length; i++) {
      matrix[i] = data[i];
    }
    return new OfFactors(of(matrix), of(factors.left(data, 0, rows)), of(factors.right()));
  }

  /**
   * Evidence of numbers.
   *
   * @param values at least one; not changed
   */
  public static RangeEvidence of(double[] values) {
    double sum = 0;
    double squares = 0;
    double peak = 0;
    for (double x : values) {
      sum += x;
      squares += x * x;
      peak = Math.max(peak, Math.abs(x));
    }
    double mean = sum / values.length;
    double second = 0;
    double fourth = 0;
    for (double x : values) {
      double d = (x - mean) * (x - mean);
      second += d;
      fourth += d * d;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new RangeEvidence(
        quantile(sorted, 0.75) - quantile(sorted, 0.25),
        peak == 0 ? 0 : peak / Math.sqrt(squares / values.length),
        second == 0 ? 0 : fourth * values.length / (second * second));
  }

  private static double quantile(double[] sorted, double q) {
    double rank = q * (sorted.length - 1);
    int below = (int) rank;
    double next = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (rank - below) * (next - sorted[below]);
  }
}
