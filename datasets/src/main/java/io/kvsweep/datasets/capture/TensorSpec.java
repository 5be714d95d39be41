package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Comparator;
import java.util.Objects;

/**
 * What is known of one tensor without its values.
 *
 * @param layer index of the layer in the model, from 0
 * @param kind key, value, query or query moment
 * @param shape {@code [tokens, heads, headDim]}; of query moments {@code [headDim, heads, headDim]}
 * @param dtype format of the values
 * @param ropeStage whether the values are rotated already
 * @param firstPosition position of row 0 in the prompt; of query moments 0
 */
public record TensorSpec(
    int layer,
    TensorKind kind,
    TensorShape shape,
    DType dtype,
    RopeStage ropeStage,
    int firstPosition) {
  /** Order of tensors in a dataset: by layer, then by the kind's label. */
  public static final Comparator<TensorSpec> ORDER =
      Comparator.comparingInt(TensorSpec::layer).thenComparing(spec -> spec.kind().label());

  public TensorSpec {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(shape);
    Objects.requireNonNull(dtype);
    Objects.requireNonNull(ropeStage);
    if (layer < 0 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "layer %d and first position %d must not be negative".formatted(layer, firstPosition));
    }
  }

  /** Name in a capture: {@code layers.3.key}. */
  public String name() {
    return "layers." + layer + "." + kind.label();
  }

  /** Bytes of one row, all heads. */
  public int rowBytes() {
    return Math.multiplyExact(shape.channels(), dtype.bytes());
  }

  /** Bytes of the whole tensor. */
  public long bytes() {
    return (long) shape.values() * dtype.bytes();
  }
}
