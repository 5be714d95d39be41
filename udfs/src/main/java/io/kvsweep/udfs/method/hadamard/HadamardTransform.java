package io.kvsweep.udfs.method.hadamard;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.TensorTransform;
import io.kvsweep.udfs.linalg.Hadamard;

/** Normalised Hadamard transform of each head, in blocks of the largest power of two that fits. */
final class HadamardTransform implements TensorTransform {
  private final boolean randomSigns;
  private final long seed;

  HadamardTransform(boolean randomSigns, long seed) {
    this.randomSigns = randomSigns;
    this.seed = seed;
  }

  @Override
  public float[] apply(float[] data, TensorShape shape) {
    if (Hadamard.largestBlock(shape.headDim()) == 1) {
      throw new UnencodableException(
          "an odd head dimension, %d, has no Hadamard transform: code it without"
              .formatted(shape.headDim()));
    }
    float[] out = data.clone();
    flip(out, shape);
    transform(out, shape);
    return out;
  }

  @Override
  public float[] invert(float[] data, TensorShape shape) {
    float[] out = data.clone();
    transform(out, shape);
    flip(out, shape);
    return out;
  }

  private static void transform(float[] x, TensorShape shape) {
    int block = Hadamard.largestBlock(shape.headDim());
    float scale = (float) (1 / Math.sqrt(block));
    for (int at = 0; at < x.length; at += block) {
      Hadamard.transform(x, at, block);
      for (int i = at; i < at + block; i++) {
        x[i] *= scale;
      }
    }
  }

  private void flip(float[] x, TensorShape shape) {
    if (!randomSigns) {
      return;
    }
    float[] signs = Hadamard.signs(seed, shape.headDim());
    for (int at = 0; at < x.length; at += signs.length) {
      for (int i = 0; i < signs.length; i++) {
        x[at + i] *= signs[i];
      }
    }
  }
}
