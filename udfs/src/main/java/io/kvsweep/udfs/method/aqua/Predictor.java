package io.kvsweep.udfs.method.aqua;

import io.kvsweep.datasets.tensor.DType;

/**
 * An affine map {@code y = x W + b} of rows. Its numbers are those that bfloat16 holds, since that
 * is how they are stored; it is used for calibration and for coding in the same form.
 *
 * @param inputs width of a row of {@code x}
 * @param outputs width of a row of {@code y}
 * @param weights {@code [inputs, outputs]}
 * @param bias {@code [outputs]}
 */
public record Predictor(int inputs, int outputs, float[] weights, float[] bias)
    implements java.io.Serializable {

  /** Rounds a solution to what will be stored. */
  public static Predictor rounded(int inputs, int outputs, double[] weights, double[] bias) {
    return new Predictor(inputs, outputs, rounded(weights), rounded(bias));
  }

  /** Predicts zero for everything. */
  public static Predictor zero(int inputs, int outputs) {
    return new Predictor(inputs, outputs, new float[inputs * outputs], new float[outputs]);
  }

  private static float[] rounded(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    byte[] stored = new byte[2 * values.length];
    DType.BF16.encode(floats, 0, stored, 0, floats.length);
    DType.BF16.decode(stored, 0, floats, 0, floats.length);
    return floats;
  }

  /**
   * Predictions of all rows, {@code [rows, outputs]}.
   *
   * @param parts whose rows, joined, are the rows of {@code x}; each {@code [rows, its width]}
   */
  public float[] predict(int rows, float[]... parts) {
    float[] out = new float[rows * outputs];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(bias, 0, out, r * outputs, outputs);
    }
    int width = inputs / parts.length;
    for (int p = 0; p < parts.length; p++) {
      Prediction.add(parts[p], weights, p * width, out, rows, width, outputs);
    }
    return out;
  }
}
