package io.kvsweep.udfs.linalg;

/** Which eigenvalues of a positive semidefinite matrix are more than rounding. */
public final class NumericalRank {
  private NumericalRank() {}

  /**
   * Values above rounding: an eigenvalue of a matrix of {@code n} channels is known to about {@code
   * n} ulps of the largest.
   *
   * @param energies all eigenvalues of one matrix, descending
   */
  public static int of(double[] energies) {
    int rank = 0;
    while (rank < energies.length && energies[rank] > energies.length * 0x1p-52 * energies[0]) {
      rank++;
    }
    return rank;
  }

  /** A copy in which what is rounding is 0. */
  public static double[] cut(double[] energies) {
    double[] cut = new double[energies.length];
    System.arraycopy(energies, 0, cut, 0, of(energies));
    return cut;
  }
}
