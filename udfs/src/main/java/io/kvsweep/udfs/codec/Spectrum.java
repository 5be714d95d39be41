package io.kvsweep.udfs.codec;

/**
 * What the theory of a decomposing codec says about one tensor, or one head of it, beside what is
 * measured.
 *
 * @param head KV head, or null where heads are joined
 * @param tokens tokens that were decomposed
 * @param energies squared singular values of the centred tokens, descending, {@code [channels]}
 * @param nominalBits average width of the schedule that the block was coded with
 * @param predictedNmse squared error over squared norm of the coded tokens, from the energies and
 *     one error per width, measured on this tensor
 * @param predictedNmseGaussian the same with the error per width of a Gaussian source, which needs
 *     the spectrum alone
 */
public record Spectrum(
    Integer head,
    int tokens,
    double[] energies,
    double nominalBits,
    double predictedNmse,
    double predictedNmseGaussian) {
  private static final double MOST = 0.99;

  /** Descending, {@code [channels]}. */
  public double[] singularValues() {
    double[] values = new double[energies.length];
    for (int j = 0; j < values.length; j++) {
      values[j] = Math.sqrt(energies[j]);
    }
    return values;
  }

  /** Fewest leading channels that hold 99 % of the energy; 0 without energy. */
  public int channels99() {
    double total = 0;
    for (double energy : energies) {
      total += energy;
    }
    int channels = 0;
    for (double held = 0; held < MOST * total; channels++) {
      held += energies[channels];
    }
    return channels;
  }
}
