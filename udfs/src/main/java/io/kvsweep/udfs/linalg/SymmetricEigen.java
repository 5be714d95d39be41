package io.kvsweep.udfs.linalg;

import org.netlib.lapack.Dsyevd;
import org.netlib.util.intW;

/**
 * Eigenvalues and eigenvectors of a symmetric positive semidefinite matrix, by LAPACK's divide and
 * conquer ({@code dsyevd}) in its translation to Java.
 *
 * <p>Why not EJML: the sign of an eigenvector is arbitrary, but a quantiser that rounds a minimum
 * to binary16 sees it. With LAPACK's signs, which NumPy and PyTorch share, results agree cell by
 * cell with what a researcher computes there; with any rule of our own they do not.
 *
 * @param values descending, rounding below zero cut to zero
 * @param vectors row-major {@code [n, n]}; row {@code j} is the unit eigenvector of value {@code
 *     j}, with LAPACK's sign
 */
record SymmetricEigen(double[] values, double[] vectors) {
  static {
    // The translation keeps machine constants (dlamch) in static fields that the first call fills
    // without a lock. Here it is made under the lock of class initialisation.
    decompose(new double[] {2, 1, 1, 3}, 2);
  }

  /**
   * Costs {@code O(n^3)} and {@code 3 n^2} doubles of scratch.
   *
   * @param matrix row-major {@code [n, n]}; not changed
   * @throws ArithmeticException if the decomposition does not converge (non-finite input)
   */
  static SymmetricEigen of(double[] matrix, int n) {
    return decompose(matrix, n);
  }

  private static SymmetricEigen decompose(double[] matrix, int n) {
    double[] columns = matrix.clone(); // symmetric, so that row- and column-major are the same
    double[] ascending = new double[n];
    double[] work = new double[1 + 6 * n + 2 * n * n];
    int[] integers = new int[3 + 5 * n];
    intW info = new intW(0);
    Dsyevd.dsyevd(
        "V",
        "L",
        n,
        columns,
        0,
        n,
        ascending,
        0,
        work,
        0,
        work.length,
        integers,
        0,
        integers.length,
        info);
    if (info.val != 0) {
      throw new ArithmeticException(
          "the eigendecomposition of a %dx%d matrix failed (dsyevd says %d): is it finite?"
              .formatted(n, n, info.val));
    }
    double[] values = new double[n];
    double[] vectors = new double[n * n];
    for (int j = 0; j < n; j++) {
      values[j] = Math.max(0, ascending[n - 1 - j]);
      System.arraycopy(columns, (n - 1 - j) * n, vectors, j * n, n);
    }
    return new SymmetricEigen(values, vectors);
  }
}
