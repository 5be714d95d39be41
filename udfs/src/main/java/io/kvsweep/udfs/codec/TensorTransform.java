package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.TensorShape;

/**
 * An invertible change of basis ahead of a codec, which both sides know: it costs no bytes.
 * Implementations are immutable, thread-safe and deterministic.
 */
public interface TensorTransform {
  /**
   * The transformed copy of {@code [tokens, heads, headDim]} data.
   *
   * @throws io.kvsweep.udfs.block.UnencodableException if it is not defined for the shape
   */
  float[] apply(float[] data, TensorShape shape);

  /** Undoes {@link #apply} in a copy, up to rounding. */
  float[] invert(float[] data, TensorShape shape);
}
