package io.kvsweep.udfs.codec;

import java.util.Arrays;

/**
 * How wide the numbers of a matrix spread. All are 0 without entries.
 *
 * @param entries their count
 * @param iqr interquartile range: third less first quartile, by linear interpolation
 * @param absmax greatest magnitude
 * @param rms root mean square
 * @param kurtosis fourth central moment over the squared second, 3 for a Gaussian; 0 without spread
 */
public record RangeEvidence(int entries, double iqr, double absmax, double rms, double kurtosis) {

  /** Greatest magnitude over root mean square, the price of one outlier; 0 for zeros. */
  public double absmaxOverRms() {
    return rms == 0 ? 0 : absmax / rms;
  }

  /**
   * Evidence of numbers. Costs a sort of a copy.
   *
   * @param values finite; not changed
   */
  public static RangeEvidence of(float[] values) {
    if (values.length == 0) {
      return new RangeEvidence(0, 0, 0, 0, 0);
    }
    double sum = 0;
    double squares = 0;
    double absmax = 0;
    for (float x : values) {
      sum += x;
      squares += (double) x * x;
      absmax = Math.max(absmax, Math.abs(x));
    }
    double mean = sum / values.length;
    double second = 0;
    double fourth = 0;
    for (float x : values) {
      double d = (x - mean) * (x - mean);
      second += d;
      fourth += d * d;
    }
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    boolean constant = sorted[0] == sorted[sorted.length - 1]; // not so its rounded mean
    return new RangeEvidence(
        values.length,
        quantile(sorted, 0.75) - quantile(sorted, 0.25),
        absmax,
        Math.sqrt(squares / values.length),
        constant ? 0 : fourth * values.length / (second * second));
  }

  private static double quantile(float[] sorted, double q) {
    double rank = q * (sorted.length - 1);
    int below = (int) rank;
    double low = sorted[below];
    double next = sorted[Math.min(below + 1, sorted.length - 1)];
    return low + (rank - below) * (next - low);
  }
}
