package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.stream.IntStream;

/**
 * Rotary position embedding in the half-split layout for given positions: {@code (x1, x2) -> (x1
 * cos - x2 sin, x2 cos + x1 sin)} with {@code x1 = channel i}, {@code x2 = channel i + headDim/2}
 * and angle {@code position * theta^(-2i/headDim)}. Angles are formed in double, cosines stored as
 * float. Immutable; costs 4 bytes per position and channel of one head.
 */
public final class Rotary {
  private final int positions;
  private final int half;
  private final float[] cos;
  private final float[] sin;

  /**
   * The rotation of a run of consecutive tokens.
   *
   * @param firstPosition position of the first token
   * @param tokens their number
   * @param headDim head dimension, even
   */
  public static Rotary consecutive(Rope rope, int firstPosition, int tokens, int headDim) {
    return new Rotary(
        rope, IntStream.range(firstPosition, firstPosition + tokens).toArray(), headDim);
  }

  /**
   * @param rope parameters
   * @param positions of the tokens, or of each head of each token, {@code [tokens, heads]}
   * @param headDim head dimension, even
   */
  public Rotary(Rope rope, int[] positions, int headDim) {
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary embedding needs an even head dimension, got " + headDim);
    }
    this.positions = positions.length;
    this.half = headDim / 2;
    this.cos = new float[positions.length * half];
    this.sin = new float[positions.length * half];
    double[] frequency = new double[half];
    for (int i = 0; i < half; i++) {
      frequency[i] = Math.pow(rope.theta(), -2.0 * i / headDim);
    }
    for (int t = 0; t < positions.length; t++) {
      for (int i = 0; i < half; i++) {
        double angle = positions[t] * frequency[i];
        cos[t * half + i] = (float) StrictMath.cos(angle);
        sin[t * half + i] = (float) StrictMath.sin(angle);
      }
    }
  }

  /** Rotated copy of {@code [tokens, heads, headDim]}. */
  public float[] rotate(float[] data, TensorShape shape) {
    return turn(data, shape, 1f);
  }

  /** Copy with the rotation undone. */
  public float[] unrotate(float[] data, TensorShape shape) {
    return turn(data, shape, -1f);
  }

  private float[] turn(float[] data, TensorShape shape, float direction) {
    boolean perHead = positions == shape.tokens() * shape.heads();
    if ((positions != shape.tokens() && !perHead) || shape.headDim() != 2 * half) {
      throw new IllegalArgumentException(
          "rotation for %d positions of head dimension %d, got shape %s"
              .formatted(positions, 2 * half, shape));
    }
    float[] out = new float[data.length];
    for (int t = 0; t < shape.tokens(); t++) {
      for (int h = 0; h < shape.heads(); h++) {
        int angles = (perHead ? t * shape.heads() + h : t) * half;
        int base = (t * shape.heads() + h) * 2 * half;
        for (int i = 0; i < half; i++) {
          float c = cos[angles + i];
          float s = direction * sin[angles + i];
          float x1 = data[base + i];
          float x2 = data[base + half + i];
          out[base + i] = x1 * c - x2 * s;
          out[base + half + i] = x2 * c + x1 * s;
        }
      }
    }
    return out;
  }
}
