package io.kvsweep.udfs.method.aqua;

/**
 * What was fitted for one layer above the first.
 *
 * @param keys from the reconstructed keys of the layer before, {@code C -> C}
 * @param values from the reconstructed keys of this layer, then the reconstructed values of the
 *     layer before, {@code 2C -> C}
 * @param keyRelMse squared error of predicted keys over squares of keys, on the calibration prompts
 * @param valueRelMse the same of values
 */
public record LayerPredictors(
    Predictor keys, Predictor values, double keyRelMse, double valueRelMse) {

  /** Bits per value that a relative error is worth: {@code -log4}. */
  public static double bits(double relMse) {
    return -Math.log(relMse) / Math.log(4);
  }
}
