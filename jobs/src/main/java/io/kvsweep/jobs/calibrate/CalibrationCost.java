package io.kvsweep.jobs.calibrate;

/**
 * What a calibration costs, in core-seconds split by what they grow with, so that a measured run
 * tells the cost of another number of tokens and layers of the same channels. With {@code C}
 * channels a token costs {@code 5.5 C^2} multiplications in double for the sums of a layer and
 * {@code 3 C^2} in float for its predictions; a layer costs about {@code 20 C^3} for its two
 * systems. Left out: what Spark itself does, and the addition of at most 256 partial sums per
 * layer.
 *
 * @param channels heads joined
 * @param firstLayer per token: reading and coding the first layer
 * @param sums per token and layer above the first: predicting and coding its keys, and the normal
 *     equations of both predictors
 * @param values per token and layer between the first and the last: predicting and coding its
 *     values, which nobody needs of the last
 * @param solve per layer above the first: both systems of equations and their errors
 */
public record CalibrationCost(
    int channels, double firstLayer, double sums, double values, double solve) {

  /** Core-seconds of the parts of a whole run. */
  record Parts(double firstLayer, double sums, double values, double solve) {
    double total() {
      return firstLayer + sums + values + solve;
    }
  }

  /**
   * From a run of at least three layers.
   *
   * @param tokens fitted on, over all prompts
   * @throws IllegalArgumentException with fewer layers, which code no values but the first layer's
   */
  static CalibrationCost of(int channels, long tokens, int layers, Parts measured) {
    requireLayers(layers, 3);
    double tokenLayers = (double) tokens * (layers - 1);
    return new CalibrationCost(
        channels,
        measured.firstLayer() / tokens,
        measured.sums() / tokenLayers,
        measured.values() / ((double) tokens * (layers - 2)),
        measured.solve() / (layers - 1));
  }

  /**
   * Core-seconds for so many tokens and layers.
   *
   * @param layers at least 2, the first included
   */
  public double coreSeconds(long tokens, int layers) {
    requireLayers(layers, 2);
    return tokens * (firstLayer + (layers - 1) * sums + (layers - 2) * values)
        + (layers - 1) * solve;
  }

  /** The same in core-hours. */
  public double coreHours(long tokens, int layers) {
    return coreSeconds(tokens, layers) / 3600;
  }

  private static void requireLayers(int layers, int least) {
    if (layers < least) {
      throw new IllegalArgumentException(
          "the cost of a calibration of %d layers: expected at least %d".formatted(layers, least));
    }
  }
}
