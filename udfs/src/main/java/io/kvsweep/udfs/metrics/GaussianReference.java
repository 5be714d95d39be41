package io.kvsweep.udfs.metrics;

/**
 * The distortion-rate function of a Gaussian source with the same covariance, by reverse
 * water-filling: {@code D = sum min(theta, E_j)} at {@code R = 1/C sum max(0, 1/2 log2(E_j /
 * theta))} bits per value. It is a reference, not a floor: for a given covariance the Gaussian is
 * the hardest source, and tokens are taken as independent, so clustered, sparse or correlated data
 * may honestly lie below.
 */
public final class GaussianReference {
  private final double[] energies;
  private final double totalEnergy;

  /**
   * @param energies eigenvalues of the centred Gram matrix, descending; those that are rounding
   *     alone must be 0, else the reference spends bits on them
   * @param totalEnergy sum of squares of the tensor, the denominator of nmse
   */
  public GaussianReference(double[] energies, double totalEnergy) {
    this.energies = energies;
    this.totalEnergy = totalEnergy;
  }

  /** Error at a rate in bits per value, relative to the total energy. */
  public double nmseAt(double bitsPerValue) {
    double bits = bitsPerValue * energies.length;
    double logSum = 0; // of the k largest energies, in bits
    int k = 0;
    while (k < energies.length && energies[k] > 0) {
      // The water level if the k + 1 largest take part; it must lie below the smallest of them.
      double log = logSum + log2(energies[k]);
      double level = Math.pow(2, (log - 2 * bits) / (k + 1));
      if (level > energies[k]) {
        break;
      }
      logSum = log;
      k++;
    }
    double level = k == 0 ? Double.POSITIVE_INFINITY : Math.pow(2, (logSum - 2 * bits) / k);
    double distortion = distortion(level);
    return distortion == 0 ? 0 : distortion / totalEnergy; // nothing of nothing is none
  }

  /** Rate in bits per value at which the reference has this error; 0 from the centred energy on. */
  public double bitsAt(double nmse) {
    return bitsAtError(nmse * totalEnergy);
  }

  /**
   * The same for a sum of squared errors over all tokens, of which those kept exact have none.
   *
   * @param target not relative to anything
   */
  public double bitsAtError(double target) {
    double[] rest = new double[energies.length + 1]; // sums from the end, where they are small
    for (int k = energies.length - 1; k >= 0; k--) {
      rest[k] = rest[k + 1] + energies[k];
    }
    double logSum = 0;
    for (int k = 0; k < energies.length && energies[k] > 0; k++) {
      // With k + 1 channels above the water: distortion = (k + 1) level + the rest.
      logSum += log2(energies[k]);
      double level = (target - rest[k + 1]) / (k + 1);
      double next = k + 1 < energies.length ? energies[k + 1] : 0;
      if (level >= next && level > 0) {
        // Above an energy but the first it is by rounding alone, and above that there is no rate.
        return Math.max(0, (logSum - (k + 1) * log2(level)) / 2 / energies.length);
      }
    }
    return 0;
  }

  private double distortion(double level) {
    double sum = 0;
    for (double energy : energies) {
      sum += Math.min(level, energy);
    }
    return sum;
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }
}
