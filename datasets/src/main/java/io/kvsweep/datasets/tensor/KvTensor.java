package io.kvsweep.datasets.tensor;

import java.util.Objects;

/**
 * One tensor of one layer, widened to float32.
 *
 * @param kind what it holds
 * @param shape {@code [tokens, heads, headDim]}; of query moments {@code [headDim, heads, headDim]}
 * @param dtype the format it was captured in; what the captured bytes are counted in
 * @param ropeStage whether {@code data} is rotated already
 * @param firstPosition position of row 0 in the prompt
 * @param data row-major values; shared, not copied, and not to be changed
 */
public record KvTensor(
    TensorKind kind,
    TensorShape shape,
    DType dtype,
    RopeStage ropeStage,
    int firstPosition,
    float[] data) {
  public KvTensor {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(dtype);
    Objects.requireNonNull(ropeStage);
    if (data.length != shape.values()) {
      throw new IllegalArgumentException(
          "tensor of shape %s needs %d values, got %d"
              .formatted(shape, shape.values(), data.length));
    }
  }

  /** Bytes of the tensor as captured. */
  public long capturedBytes() {
    return (long) shape.values() * dtype.bytes();
  }
}
