package io.kvsweep.udfs.linalg;

/**
 * The balanced factors of a matrix {@code M = U S V^T}, nothing truncated: {@code M = L R} with
 * {@code L = U S^1/2} and {@code R = S^1/2 V^T}, so that {@code L^T L = R R^T = S}. Only {@code R}
 * is held; rows of {@code L} are made from rows of {@code M} as they are needed, {@code L = M V
 * S^-1/2}.
 *
 * <p>{@code V} comes from the eigendecomposition of {@code M^T M} in double. Singular values are
 * the lengths of the columns of {@code M V}, not roots of eigenvalues, of which the small ones are
 * lost in rounding. Axes whose singular value is at most 1e-12 of the largest are left out of both
 * factors; {@code L R = M} holds without them. Costs {@code O(rows columns^2 + columns^3)}; the
 * same input gives the same factors in every run.
 *
 * @param columns columns of {@code M}
 * @param singular singular values, descending but for rounding
 * @param right {@code R}, row-major {@code [columns, columns]}
 * @param toLeft {@code V S^-1/2}, row-major {@code [columns, columns]}
 */
public record BalancedFactors(int columns, double[] singular, double[] right, double[] toLeft) {
  private static final double NEGLIGIBLE = 1e-12;
  private static final int CHUNK_ROWS = 512;

  /**
   * Factors a matrix.
   *
   * @param matrix row-major {@code [rows, columns]}
   */
  public static BalancedFactors of(float[] matrix, int rows, int columns) {
    SymmetricEigen eigen = SymmetricEigen.of(gram(matrix, rows, columns), columns);
    double[] axes = eigen.vectors(); // row j is axis j
    double[] singular = lengths(matrix, rows, columns, transpose(axes, columns));
    double largest = 0;
    for (double s : singular) {
      largest = Math.max(largest, s);
    }
    double[] right = new double[columns * columns];
    double[] toLeft = new double[columns * columns];
    for (int j = 0; j < columns; j++) {
      if (singular[j] <= NEGLIGIBLE * largest) {
        continue;
      }
      double root = Math.sqrt(singular[j]);
      for (int c = 0; c < columns; c++) {
        right[j * columns + c] = axes[j * columns + c] * root;
        toLeft[c * columns + j] = axes[j * columns + c] / root;
      }
    }
    return new BalancedFactors(columns, singular, right, toLeft);
  }

  /** Rows {@code from} to {@code from + count - 1} of {@code L}, {@code [count, columns]}. */
  public double[] left(float[] matrix, int from, int count) {
    return product(matrix, from, count, columns, toLeft);
  }

  /** {@code L} in float, {@code [rows, columns]}. */
  public float[] left(float[] matrix) {
    int rows = matrix.length / columns;
    float[] out = new float[matrix.length];
    for (int from = 0; from < rows; from += CHUNK_ROWS) {
      double[] chunk = left(matrix, from, Math.min(CHUNK_ROWS, rows - from));
      for (int i = 0; i < chunk.length; i++) {
        out[from * columns + i] = (float) chunk[i];
      }
    }
    return out;
  }

  private static double[] gram(float[] matrix, int rows, int columns) {
    float[] byColumn = Transpose.of(matrix, rows, columns);
    return Moments.gram(byColumn, rows, rows, 0, columns, new double[columns]);
  }

  /** Lengths of the columns of {@code matrix right}. */
  private static double[] lengths(float[] matrix, int rows, int columns, double[] right) {
    double[] lengths = new double[columns];
    for (int from = 0; from < rows; from += CHUNK_ROWS) {
      double[] chunk = product(matrix, from, Math.min(CHUNK_ROWS, rows - from), columns, right);
      for (int i = 0; i < chunk.length; i++) {
        lengths[i % columns] += chunk[i] * chunk[i];
      }
    }
    for (int j = 0; j < columns; j++) {
      lengths[j] = Math.sqrt(lengths[j]);
    }
    return lengths;
  }

  private static double[] product(
      float[] matrix, int from, int count, int columns, double[] right) {
    double[] rows = new double[count * columns];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = matrix[from * columns + i];
    }
    double[] out = new double[count * columns];
    MatrixProduct.add(rows, right, out, count, columns, columns);
    return out;
  }

  private static double[] transpose(double[] square, int n) {
    double[] out = new double[square.length];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        out[j * n + i] = square[i * n + j];
      }
    }
    return out;
  }
}
