package io.kvsweep.udfs.linalg;

/**
 * Mean and centred Gram matrix of channels whose tokens come in runs, in double. A run is centred
 * on its own mean before it joins the others (Chan, Golub and LeVeque, The American Statistician
 * 37(3), 1983), so that large means do not cancel; one run alone gives the bits of {@link
 * PrincipalAxes}. Results depend on how tokens are cut into runs by rounding alone. Costs {@code
 * O(tokens channels^2)}; while a run is added, three matrices {@code [channels, channels]}.
 */
public final class ChannelSums {
  private final int channels;
  private Moments moments;
  private long tokens;

  public ChannelSums(int channels) {
    this.channels = channels;
  }

  /**
   * Adds a run of tokens.
   *
   * @param x {@code [all channels, tokens]}
   * @param run tokens of the run, at least one
   * @param firstChannel first of the channels that count
   */
  public void add(float[] x, int run, int firstChannel) {
    Moments next = Moments.of(x, run, run, firstChannel, channels);
    moments = tokens == 0 ? next : join(moments, tokens, next, run);
    tokens += run;
  }

  /** Puts both together in the arrays of the first. */
  private static Moments join(Moments a, long tokensA, Moments b, long tokensB) {
    int channels = a.mean().length;
    double all = tokensA + tokensB;
    double[] shift = new double[channels];
    for (int c = 0; c < channels; c++) {
      shift[c] = b.mean()[c] - a.mean()[c];
    }
    for (int i = 0; i < channels; i++) {
      double weight = tokensA * (tokensB / all) * shift[i];
      for (int j = 0; j < channels; j++) {
        int at = i * channels + j;
        a.gram()[at] += b.gram()[at] + weight * shift[j];
      }
      a.mean()[i] += tokensB / all * shift[i];
    }
    return a;
  }

  /**
   * Eigenvalues of the centred Gram matrix, at least one token having been added.
   *
   * @return {@code [channels]}, descending
   */
  public double[] energies() {
    return SymmetricEigen.of(moments.gram(), channels).values();
  }

  /**
   * The same with the error weighted, as {@link WeightedSpectrum}.
   *
   * @param weight symmetric positive semidefinite, row-major {@code [channels, channels]}
   */
  public double[] energies(double[] weight) {
    return WeightedSpectrum.energies(weight, moments.gram(), channels);
  }
}
