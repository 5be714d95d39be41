package io.kvsweep.udfs.linalg;

/**
 * {@code out += a b} for row-major matrices.
 *
 * <p>The inner loop runs over whole arrays, one per row, all with the same index: only then does
 * the JIT make vector code of it, which is worth a factor of three to ten and the copy of {@code
 * b}. Every element of {@code out} is summed over the inner index in ascending order, four terms at
 * a time, without fused operations: results are the same on every machine.
 */
public final class MatrixProduct {
  // Columns of a tile: a row of out and four of b stay in the first-level cache.
  private static final int TILE = 512;

  private MatrixProduct() {}

  /**
   * Adds the product to {@code out}.
   *
   * @param a {@code [rows, inner]}
   * @param b {@code [inner, columns]}
   * @param out {@code [rows, columns]}
   */
  public static void add(float[] a, float[] b, float[] out, int rows, int inner, int columns) {
    for (int c0 = 0; c0 < columns; c0 += TILE) {
      int width = Math.min(TILE, columns - c0);
      float[][] tile = new float[inner][width];
      for (int k = 0; k < inner; k++) {
        System.arraycopy(b, k * columns + c0, tile[k], 0, width);
      }
      float[] row = new float[width];
      for (int r = 0; r < rows; r++) {
        System.arraycopy(out, r * columns + c0, row, 0, width);
        addRow(a, r * inner, tile, row);
        System.arraycopy(row, 0, out, r * columns + c0, width);
      }
    }
  }

  private static void addRow(float[] a, int at, float[][] b, float[] out) {
    int k = 0;
    for (; k + 4 <= b.length; k += 4) {
      addFour(
          out,
          b[k],
          b[k + 1],
          b[k + 2],
          b[k + 3],
          a[at + k],
          a[at + k + 1],
          a[at + k + 2],
          a[at + k + 3]);
    }
    for (; k < b.length; k++) {
      addOne(out, b[k], a[at + k]);
    }
  }

  private static void addFour(
      float[] out,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float a0,
      float a1,
      float a2,
      float a3) {
    for (int c = 0; c < out.length; c++) {
      out[c] += a0 * b0[c] + a1 * b1[c] + a2 * b2[c] + a3 * b3[c];
    }
  }

  private static void addOne(float[] out, float[] b0, float a0) {
    for (int c = 0; c < out.length; c++) {
      out[c] += a0 * b0[c];
    }
  }

  /**
   * Adds the product to {@code out}.
   *
   * @param a {@code [rows, inner]}
   * @param b {@code [inner, columns]}
   * @param out {@code [rows, columns]}
   */
  public static void add(double[] a, double[] b, double[] out, int rows, int inner, int columns) {
    for (int c0 = 0; c0 < columns; c0 += TILE) {
      int width = Math.min(TILE, columns - c0);
      double[][] tile = new double[inner][width];
      for (int k = 0; k < inner; k++) {
        System.arraycopy(b, k * columns + c0, tile[k], 0, width);
      }
      double[] row = new double[width];
      for (int r = 0; r < rows; r++) {
        System.arraycopy(out, r * columns + c0, row, 0, width);
        addRow(a, r * inner, tile, row);
        System.arraycopy(row, 0, out, r * columns + c0, width);
      }
    }
  }

  private static void addRow(double[] a, int at, double[][] b, double[] out) {
    int k = 0;
    for (; k + 4 <= b.length; k += 4) {
      addFour(
          out,
          b[k],
          b[k + 1],
          b[k + 2],
          b[k + 3],
          a[at + k],
          a[at + k + 1],
          a[at + k + 2],
          a[at + k + 3]);
    }
    for (; k < b.length; k++) {
      addOne(out, b[k], a[at + k]);
    }
  }

  private static void addFour(
      double[] out,
      double[] b0,
      double[] b1,
      double[] b2,
      double[] b3,
      double a0,
      double a1,
      double a2,
      double a3) {
    for (int c = 0; c < out.length; c++) {
      out[c] += a0 * b0[c] + a1 * b1[c] + a2 * b2[c] + a3 * b3[c];
    }
  }

  private static void addOne(double[] out, double[] b0, double a0) {
    for (int c = 0; c < out.length; c++) {
      out[c] += a0 * b0[c];
    }
  }
}
