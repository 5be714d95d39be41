package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Objects;

/**
 * One tensor of a dataset.
 *
 * @param layer index of the layer in the model, from 0
 * @param kind key, value, query or query moment
 * @param shape {@code [tokens, heads, headDim]}; of query moments {@code [headDim, heads, headDim]}
 * @param dtype format of the stored values
 * @param ropeStage whether the values are rotated already
 * @param firstPosition position of row 0 in the prompt; of query moments 0
 * @param sha256 hash of the values, little-endian, row-major {@code [tokens, heads, headDim]},
 *     however they are cut into blocks; lower-case hexadecimal
 */
public record TensorInfo(
    int layer,
    TensorKind kind,
    TensorShape shape,
    DType dtype,
    RopeStage ropeStage,
    int firstPosition,
    String sha256) {
  public TensorInfo {
    new TensorSpec(layer, kind, shape, dtype, ropeStage, firstPosition); // for its checks
    Objects.requireNonNull(sha256);
  }

  static TensorInfo of(TensorSpec spec, String sha256) {
    return new TensorInfo(
        spec.layer(),
        spec.kind(),
        spec.shape(),
        spec.dtype(),
        spec.ropeStage(),
        spec.firstPosition(),
        sha256);
  }

  /** The same without the hash. */
  public TensorSpec spec() {
    return new TensorSpec(layer, kind, shape, dtype, ropeStage, firstPosition);
  }

  /** Name in a capture: {@code layers.3.key}. */
  public String name() {
    return spec().name();
  }
}
