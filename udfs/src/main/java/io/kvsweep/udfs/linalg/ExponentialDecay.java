package io.kvsweep.udfs.linalg;

/**
 * Least-squares fit of {@code ln lambda_j = c - rate j} to descending singular values {@code
 * lambda_0, lambda_1, ...}: the spectrum that SVDq's argument assumes. All values that are above
 * rounding take part, each with the same weight.
 *
 * @param rate per channel and of singular values, so that energies fall by {@code exp(-2 rate)} per
 *     channel; null with fewer than two values above rounding
 * @param r2 share of the variance of {@code ln lambda} that the line explains; null where there is
 *     no variance
 */
public record ExponentialDecay(Double rate, Double r2) {
  /**
   * Fits.
   *
   * @param energies squared singular values, descending
   * @param tokens rows of the centred matrix; at most {@code tokens - 1} values are not rounding
   */
  public static ExponentialDecay fit(double[] energies, int tokens) {
    int count = Math.min(NumericalRank.of(energies), tokens - 1);
    if (count < 2) {
      return new ExponentialDecay(null, null);
    }
    double meanIndex = (count - 1) / 2.0;
    double meanLog = 0;
    for (int j = 0; j < count; j++) {
      meanLog += 0.5 * Math.log(energies[j]) / count;
    }
    double product = 0;
    double indices = 0;
    double logs = 0;
    for (int j = 0; j < count; j++) {
      double index = j - meanIndex;
      double log = 0.5 * Math.log(energies[j]) - meanLog;
      product += index * log;
      indices += index * index;
      logs += log * log;
    }
    // Equal values leave no more than the rounding of their logarithms.
    boolean flat = logs <= count * Math.pow(Math.ulp(1 + Math.abs(meanLog)), 2);
    return new ExponentialDecay(
        flat ? 0 : -product / indices, flat ? null : product * product / (indices * logs));
  }
}
