package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The arguments that stand for a tensor as a dataset stores it. Its rotary stage is not among them:
 * it is taken as it is.
 */
final class StoredTensor {
  static final List<SqlArgument> SHAPE =
      List.of(
          new SqlArgument("tokens", DataTypes.LongType, "its tokens"),
          new SqlArgument("heads", DataTypes.LongType, "its KV heads"),
          new SqlArgument("head_dim", DataTypes.LongType, "channels of a head"));

  /** As in the columns of a dataset. */
  static final List<SqlArgument> ARGUMENTS =
      Stream.concat(
              Stream.of(
                  new SqlArgument(
                      "payload",
                      DataTypes.BinaryType,
                      "the tensor, little-endian, row-major [tokens, heads, head_dim]"),
                  new SqlArgument(
                      "dtype", DataTypes.StringType, "its number format: f16, bf16 or f32")),
              SHAPE.stream())
          .toList();

  /** Some methods treat keys and values differently. */
  static final SqlArgument KIND =
      new SqlArgument(
          "kind",
          DataTypes.StringType,
          "what it is coded as: key, which is the default, or value",
          true,
          StoredTensor::kind);

  /** What a tensor is coded as where a call does not say. */
  static final UTF8String AS_KEY = UTF8String.fromString(TensorKind.KEY.label());

  private StoredTensor() {}

  /**
   * @throws InvalidInputException if the shape is none, the payload has another length, or holds
   *     other than finite numbers
   */
  static TensorView view(
      TensorKind kind, byte[] payload, UTF8String dtype, long tokens, long heads, long headDim) {
    TensorShape shape = shape(tokens, heads, headDim);
    DType type = dtype(dtype.toString());
    requireLength(payload, type, shape);
    float[] data = new float[shape.values()];
    type.decode(payload, 0, data, 0, data.length);
    requireFinite(data, "payload: value %d is %s, expected finite numbers");
    return new TensorView(
        new KvTensor(kind, shape, type, RopeStage.NONE, 0, data), Optional.empty());
  }

  static TensorKind kind(String label) {
    for (TensorKind kind : TensorKind.values()) {
      if (kind.isCached() && kind.label().equals(label)) {
        return kind;
      }
    }
    throw new InvalidInputException("kind is '%s', expected key or value".formatted(label));
  }

  static TensorShape shape(long tokens, long heads, long headDim) {
    try {
      return new TensorShape(
          Math.toIntExact(tokens), Math.toIntExact(heads), Math.toIntExact(headDim));
    } catch (ArithmeticException e) {
      throw new InvalidInputException(
          "invalid shape [%d, %d, %d]: none of them can be beyond %d"
              .formatted(tokens, heads, headDim, Integer.MAX_VALUE),
          e);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(e.getMessage(), e);
    }
  }

  /**
   * @throws InvalidInputException if the payload is not of this shape
   */
  static void requireLength(byte[] payload, DType type, TensorShape shape) {
    long expected = (long) shape.values() * type.bytes();
    if (payload.length != expected) {
      throw new InvalidInputException(
          "payload has %d bytes, shape %s of %s needs %d"
              .formatted(payload.length, shape, type.label(), expected));
    }
  }

  static DType dtype(String label) {
    try {
      return DType.of(label);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(e.getMessage(), e);
    }
  }

  /** Bytes of a payload, which one array must hold. */
  static int payloadBytes(int values, DType type) {
    long bytes = (long) values * type.bytes();
    if (bytes > TensorBlocks.MAX_BYTES) {
      throw new InvalidInputException(
          "the payload would have %d bytes as %s, a row holds at most %d: use f16 or bf16, or fewer tokens"
              .formatted(bytes, type.label(), TensorBlocks.MAX_BYTES));
    }
    return (int) bytes;
  }

  /**
   * @param problem of the index and the value
   */
  static void requireFinite(float[] data, String problem) {
    for (int i = 0; i < data.length; i++) {
      if (!Float.isFinite(data[i])) {
        throw new InvalidInputException(problem.formatted(i, data[i]));
      }
    }
  }
}
