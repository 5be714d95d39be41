package io.kvsweep.udfs.linalg;

/** Eigenvalues of a covariance as a quadratic form weighs it. */
public final class WeightedSpectrum {
  private WeightedSpectrum() {}

  /**
   * Eigenvalues of {@code M^1/2 S M^1/2}, where {@code S} is the centred Gram matrix of a run of
   * channels: the sum over tokens of {@code (x - mean)(x - mean)^T}. Their sum is {@code tr(M S)}.
   * Costs {@code O(tokens channels^2 + channels^3)}.
   *
   * @param weight {@code M}, symmetric positive semidefinite, row-major {@code [channels,
   *     channels]}
   * @param x {@code [all channels, tokens]}
   * @return {@code [channels]}, descending, rounding cut to zero
   */
  public static double[] energies(
      double[] weight, float[] x, int tokens, int firstChannel, int channels) {
    return energies(weight, Moments.of(x, tokens, tokens, firstChannel, channels).gram(), channels);
  }

  /** Of a given {@code S}. */
  static double[] energies(double[] weight, double[] gram, int channels) {
    // M = V^T D V with the eigenvectors as rows of V, so that A = D^1/2 V has M = A^T A, and A S
    // A^T the eigenvalues of M^1/2 S M^1/2.
    SymmetricEigen eigen = SymmetricEigen.of(weight, channels);
    // Few queries leave directions without weight, which rounding would give some.
    double[] weights = NumericalRank.cut(eigen.values());
    double[] a = new double[channels * channels];
    double[] transposed = new double[channels * channels];
    for (int j = 0; j < channels; j++) {
      double root = Math.sqrt(weights[j]);
      for (int c = 0; c < channels; c++) {
        a[j * channels + c] = root * eigen.vectors()[j * channels + c];
        transposed[c * channels + j] = a[j * channels + c];
      }
    }
    double[] left = new double[channels * channels];
    MatrixProduct.add(a, gram, left, channels, channels, channels);
    double[] both = new double[channels * channels];
    MatrixProduct.add(left, transposed, both, channels, channels, channels);
    return NumericalRank.cut(
        SymmetricEigen.of(both, channels).values()); // which reads one triangle
  }
}
