package io.kvsweep.udfs.linalg;

/** Out-of-place transposition in tiles that fit the first-level cache. */
public final class Transpose {
  private static final int TILE = 32;

  private Transpose() {}

  /** The transpose of row-major {@code [rows, columns]}. */
  public static float[] of(float[] in, int rows, int columns) {
    float[] out = new float[in.length];
    for (int r0 = 0; r0 < rows; r0 += TILE) {
      int r1 = Math.min(rows, r0 + TILE);
      for (int c0 = 0; c0 < columns; c0 += TILE) {
        int c1 = Math.min(columns, c0 + TILE);
        for (int r = r0; r < r1; r++) {
          for (int c = c0; c < c1; c++) {
            out[c * rows + r] = in[r * columns + c];
          }
        }
      }
    }
    return out;
  }
}
