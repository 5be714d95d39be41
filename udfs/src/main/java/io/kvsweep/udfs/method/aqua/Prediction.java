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
    for (int r0 = 0; r0 < rows; r0 += ROWS) {
      int r1 = Math.min(rows, r0 + ROWS);
      for (int c0 = 0; c0 < outputs; c0 += COLUMNS) {
        int width = Math.min(COLUMNS, outputs - c0);
        int k = 0;
        for (; k + 4 <= inputs; k += 4) {
          for (int r = r0; r < r1; r++) {
            addFour(
                x,
                r * inputs + k,
                w,
                (firstInput + k) * outputs + c0,
                outputs,
                out,
                r * outputs + c0,
                width);
          }
        }
        for (; k < inputs; k++) {
          for (int r = r0; r < r1; r++) {
            addOne(
                x[r * inputs + k],
                w,
                (firstInput + k) * outputs + c0,
                out,
                r * outputs + c0,
                width);
          }
        }
      }
    }
  }

  private static void addFour(
      float[] x, int xAt, float[] w, int wAt, int stride, float[] out, int at, int width) {
    float x0 = x[xAt];
    float x1 = x[xAt + 1];
    float x2 = x[xAt + 2];
    float x3 = x[xAt + 3];
    int w1 = wAt + stride;
    int w2 = w1 + stride;
    int w3 = w2 + stride;
    for (int c = 0; c < width; c++) {
      out[at + c] += x0 * w[wAt + c] + x1 * w[w1 + c] + x2 * w[w2 + c] + x3 * w[w3 + c];
    }
  }

  private static void addOne(float x, float[] w, int wAt, float[] out, int at, int width) {
    for (int c = 0; c < width; c++) {
      out[at + c] += x * w[wAt + c];
    }
  }
}
