package io.kvsweep.udfs.method.svdq;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.linalg.MatrixProduct;
import io.kvsweep.udfs.linalg.Transpose;
import java.util.Arrays;

/**
 * Mean and kept axes of a part.
 *
 * @param axes transposed, {@code [channels, kept]}
 */
record SvdqPart(float[] mean, float[] axes, int kept) {
  static SvdqPart read(HalfReader basis, Schedule schedule, int channels) {
    int kept = schedule.keptChannels(channels);
    float[] mean = new float[channels];
    basis.read(mean);
    float[] axes = new float[kept * channels];
    basis.read(axes);
    return new SvdqPart(mean, Transpose.of(axes, kept, channels), kept);
  }

  /** Writes tokens {@code from} on into {@code out}, {@code [tokens, all channels]}. */
  void rebuild(float[] latents, int from, int count, float[] out, int part, TensorShape shape) {
    int channels = mean.length;
    float[] rebuilt = new float[channels * count];
    for (int c = 0; c < channels; c++) {
      Arrays.fill(rebuilt, c * count, (c + 1) * count, mean[c]);
    }
    MatrixProduct.add(axes, latents, rebuilt, channels, kept, count);
    float[] rows = Transpose.of(rebuilt, channels, count);
    for (int t = 0; t < count; t++) {
      System.arraycopy(
          rows, t * channels, out, (from + t) * shape.channels() + part * channels, channels);
    }
  }
}
