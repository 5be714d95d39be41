package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * {@code kv_decode}: the payload that a block of {@code kv_encode} holds. A block tells its shape,
 * but of its method a checksum alone, so the method is named again; the shape is given, too, so
 * that a damaged one is refused before memory is taken for it.
 */
public final class KvDecode {
  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_decode",
          KvDecode.class,
          Stream.concat(
                  Stream.of(
                      new SqlArgument("block", DataTypes.BinaryType, "what kv_encode returned"),
                      new SqlArgument(
                          "dtype", DataTypes.StringType, "number format wanted: f16, bf16 or f32")),
                  Stream.concat(StoredTensor.SHAPE.stream(), Stream.of(StoredSpec.ARGUMENT)))
              .toList(),
          DataTypes.BinaryType,
          "decodes a block of kv_encode and returns the payload, little-endian, row-major [tokens,"
              + " heads, head_dim], as the other functions take it",
          """
          > SELECT hex(_FUNC_(kv_encode(X'003C004000BC00C0', 'f16', 2, 1, 2, 'none'), 'f16', 2, 1, 2, 'none'));
           003C004000BC00C0
          > SELECT hex(_FUNC_(kv_encode(X'003C004000BC00C0', 'f16', 2, 1, 2, 'none'), 'f32', 2, 1, 2, 'none'));
           0000803F00000040000080BF000000C0
          """,
          "Decoded float32 values are rounded to dtype, half to even; f32 keeps them. A value that"
              + " dtype cannot hold is an error, and so is a damaged block, which is told with the"
              + " byte at which it was noticed.");

  private KvDecode() {}

  /** Called by Spark's generated code. */
  public static byte[] kv_decode(
      byte[] block, UTF8String dtype, long tokens, long heads, long headDim, UTF8String spec) {
    return SqlFailure.guard(
        FUNCTION.name(),
        () -> {
          TensorShape shape = StoredTensor.shape(tokens, heads, headDim);
          DType type = StoredTensor.dtype(dtype.toString());
          float[] data = StoredSpec.codec(spec.toString()).decode(block, shape).data();
          return payload(data, type);
        });
  }

  private static byte[] payload(float[] data, DType type) {
    byte[] out = new byte[StoredTensor.payloadBytes(data.length, type)];
    type.encode(data, 0, out, 0, data.length);
    float[] rounded = new float[data.length];
    type.decode(out, 0, rounded, 0, rounded.length);
    StoredTensor.requireFinite(
        rounded,
        "decoded value %d becomes %s in "
            + type.label()
            + ": ask for bf16 or f32, which hold more");
    return out;
  }
}
