package io.kvsweep.udfs.linalg;

import io.kvsweep.datasets.tensor.Float16;

/**
 * Principal axes of {@code x - mean} for a run of channels over all tokens of a prompt, and the
 * latent channels {@code P = (x - mean) V}. Costs a Gram matrix, {@code O(tokens channels^2)}, and
 * a symmetric eigendecomposition, {@code O(channels^3)}.
 *
 * @param tokens number of tokens
 * @param channels number of channels
 * @param mean channel means, rounded to binary16, which is how codecs store them; latents are
 *     formed with the rounded ones. A mean that binary16 cannot hold is as it is, for a message to
 *     name
 * @param energies descending eigenvalues of the centred Gram matrix, {@code [channels]}: the
 *     squared singular values, whose sum is the centred energy
 * @param axes {@code [channels, channels]}, row {@code j} the unit vector of axis {@code j}
 * @param latents {@code [channels, tokens]}, row {@code j} the latent channel of axis {@code j}
 */
public record PrincipalAxes(
    int tokens, int channels, float[] mean, double[] energies, float[] axes, float[] latents) {

  /**
   * @param x {@code [all channels, stride]}, of which the first {@code tokens} of each channel
   *     count
   */
  public static PrincipalAxes of(
      float[] x, int stride, int tokens, int firstChannel, int channels) {
    Moments moments = Moments.of(x, stride, tokens, firstChannel, channels);
    SymmetricEigen eigen = SymmetricEigen.of(moments.gram(), channels);
    float[] axes = new float[channels * channels];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = (float) eigen.vectors()[i];
    }
    float[] mean = new float[channels];
    for (int c = 0; c < channels; c++) {
      float exact = (float) moments.mean()[c];
      float stored = Float16.round(exact);
      mean[c] = Float.isFinite(stored) ? stored : exact;
    }
    float[] latents = project(x, stride, 0, tokens, firstChannel, mean, axes);
    return new PrincipalAxes(tokens, channels, mean, eigen.values(), axes, latents);
  }

  /**
   * Latent channels of tokens that had no part in the decomposition.
   *
   * @param x {@code [all channels, stride]}
   * @param from first of the tokens
   * @param count their number
   * @return {@code [channels, count]}
   */
  public float[] project(float[] x, int stride, int from, int count, int firstChannel) {
    return project(x, stride, from, count, firstChannel, mean, axes);
  }

  private static float[] project(
      float[] x, int stride, int from, int count, int firstChannel, float[] mean, float[] axes) {
    int channels = mean.length;
    float[] centred = new float[channels * count];
    for (int c = 0; c < channels; c++) {
      int row = (firstChannel + c) * stride + from;
      for (int t = 0; t < count; t++) {
        centred[c * count + t] = x[row + t] - mean[c];
      }
    }
    float[] latents = new float[channels * count];
    MatrixProduct.add(axes, centred, latents, channels, channels, count);
    return latents;
  }
}
