package io.kvsweep.udfs.linalg;

/**
 * Mean and centred Gram matrix of channels, in double: a float32 Gram matrix is too coarse for
 * small singular values.
 *
 * @param mean per channel
 * @param gram row-major {@code [channels, channels]}, symmetric: the sum over tokens of {@code (x -
 *     mean)(x - mean)^T}
 */
record Moments(double[] mean, double[] gram) {

  /**
   * @param x {@code [all channels, stride]}, of which the first {@code tokens} of each channel
   *     count
   */
  static Moments of(float[] x, int stride, int tokens, int firstChannel, int channels) {
    double[] mean = new double[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      int row = (firstChannel + c) * stride;
      for (int t = 0; t < tokens; t++) {
        sum += x[row + t];
      }
      mean[c] = sum / tokens;
    }
    return new Moments(mean, gram(x, stride, tokens, firstChannel, channels, mean));
  }

  /**
   * Gram matrix of channels around {@code mean}, which may be other than theirs. Adds eight tokens
   * at a time, so that the matrix passes through the cache an eighth as often.
   */
  static double[] gram(
      float[] x, int stride, int tokens, int firstChannel, int channels, double[] mean) {
    double[][] gram = new double[channels][channels]; // rows as arrays: see MatrixProduct
    double[][] block = new double[8][channels];
    for (int t0 = 0; t0 < tokens; t0 += 8) {
      for (int k = 0; k < 8; k++) {
        boolean present = t0 + k < tokens;
        for (int c = 0; c < channels; c++) {
          block[k][c] = present ? x[(firstChannel + c) * stride + t0 + k] - mean[c] : 0;
        }
      }
      for (int i = 0; i < channels; i++) {
        addRow(gram[i], i, block);
      }
    }
    double[] whole = new double[channels * channels];
    for (int i = 0; i < channels; i++) {
      for (int j = 0; j < channels; j++) {
        whole[i * channels + j] = j < i ? gram[j][i] : gram[i][j];
      }
    }
    return whole;
  }

  private static void addRow(double[] gram, int i, double[][] block) {
    double[] x0 = block[0];
    double[] x1 = block[1];
    double[] x2 = block[2];
    double[] x3 = block[3];
    double[] x4 = block[4];
    double[] x5 = block[5];
    double[] x6 = block[6];
    double[] x7 = block[7];
    double a0 = x0[i];
    double a1 = x1[i];
    double a2 = x2[i];
    double a3 = x3[i];
    double a4 = x4[i];
    double a5 = x5[i];
    double a6 = x6[i];
    double a7 = x7[i];
    for (int j = i; j < gram.length; j++) {
      gram[j] +=
          a0 * x0[j]
              + a1 * x1[j]
              + a2 * x2[j]
              + a3 * x3[j]
              + a4 * x4[j]
              + a5 * x5[j]
              + a6 * x6[j]
              + a7 * x7[j];
    }
  }
}
