package io.kvsweep.udfs.method.aqua;

/**
 * {@code out += x W}, the one kernel of predictions. Encoder and decoder must form the same floats,
 * on whatever machine and with whatever linear algebra is switched on, so this is plain Java
 * arithmetic in one fixed order and nothing else is ever put in its place: every output is summed
 * over the inputs in ascending order, four products at a time, without fused multiply-add, and
 * depends on its own row alone. Rows may be cut into runs anywhere.
 */
final class Prediction {
  // A tile of out stays in the second-level cache, four rows of a tile of W in the first.
  private static final int ROWS = 64;
  private static final int COLUMNS = 512;

  private Prediction() {}

  /**
   * Adds the product.
   *
   * @param x {@code [rows, inputs]}
   * @param w {@code [all inputs, outputs]}
   * @param firstInput row of {@code w} that belongs to input 0
   * @param out {@code [rows, outputs]}
   */
  static void add(
      float[] x, float[] w, int firstInput, float[] out, int rows, int inputs, int outputs) {
    // Rows of tiles are arrays of their own: only then does the JIT make vector code of the loops.
    for (int c0 = 0; c0 < outputs; c0 += COLUMNS) {
      int width = Math.min(COLUMNS, outputs - c0);
      float[][] weights = new float[inputs][width];
      for (int k = 0; k < inputs; k++) {
        System.arraycopy(w, (firstInput + k) * outputs + c0, weights[k], 0, width);
      }
      float[][] tile = new float[Math.min(ROWS, rows)][width];
      for (int r0 = 0; r0 < rows; r0 += ROWS) {
        int count = Math.min(ROWS, rows - r0);
        for (int r = 0; r < count; r++) {
          System.arraycopy(out, (r0 + r) * outputs + c0, tile[r], 0, width);
        }
        addTile(x, r0, count, inputs, weights, tile);
        for (int r = 0; r < count; r++) {
          System.arraycopy(tile[r], 0, out, (r0 + r) * outputs + c0, width);
        }
      }
    }
  }

  private static void addTile(
      float[] x, int r0, int count, int inputs, float[][] weights, float[][] tile) {
    int k = 0;
    for (; k + 4 <= inputs; k += 4) {
      for (int r = 0; r < count; r++) {
        addFour(
            x,
            (r0 + r) * inputs + k,
            weights[k],
            weights[k + 1],
            weights[k + 2],
            weights[k + 3],
            tile[r]);
      }
    }
    for (; k < inputs; k++) {
      for (int r = 0; r < count; r++) {
        addOne(x[(r0 + r) * inputs + k], weights[k], tile[r]);
      }
    }
  }

  private static void addFour(
      float[] x, int at, float[] w0, float[] w1, float[] w2, float[] w3, float[] out) {
    float x0 = x[at];
    float x1 = x[at + 1];
    float x2 = x[at + 2];
    float x3 = x[at + 3];
    for (int c = 0; c < out.length; c++) {
      out[c] += x0 * w0[c] + x1 * w1[c] + x2 * w2[c] + x3 * w3[c];
    }
  }

  private static void addOne(float x, float[] w, float[] out) {
    for (int c = 0; c < out.length; c++) {
      out[c] += x * w[c];
    }
  }
}
