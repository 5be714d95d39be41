package io.kvsweep.udfs.sql;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** {@code kv_encode}: the encoded block of a stored tensor, the bytes that results count. */
public final class KvEncode {
  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_encode",
          KvEncode.class,
          SqlFunction.tensorAnd(StoredSpec.ARGUMENT, StoredTensor.KIND),
          DataTypes.BinaryType,
          "encodes a stored tensor with a method and returns the block: a header of 48 bytes, codes,"
              + " parameters, basis and exact tokens",
          """
          > SELECT octet_length(_FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2, 'rtn(bits=1)'));
           57
          > SELECT hex(substr(_FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2, 'none'), 49));
           003C004000BC00C0
          """,
          "The tensor is coded in the rotary stage that it is stored in, with seed 1; kv_decode reads"
              + " the block.");

  private KvEncode() {}

  /** Called by Spark's generated code. */
  public static byte[] kv_encode(
      byte[] payload, UTF8String dtype, long tokens, long heads, long headDim, UTF8String spec) {
    return kv_encode(payload, dtype, tokens, heads, headDim, spec, StoredTensor.AS_KEY);
  }

  /** Called by Spark's generated code. */
  public static byte[] kv_encode(
      byte[] payload,
      UTF8String dtype,
      long tokens,
      long heads,
      long headDim,
      UTF8String spec,
      UTF8String kind) {
    return SqlFailure.guard(
        FUNCTION.name(),
        () ->
            StoredSpec.codec(spec.toString())
                .encode(
                    StoredTensor.view(
                        StoredTensor.kind(kind.toString()),
                        payload,
                        dtype,
                        tokens,
                        heads,
                        headDim)));
  }
}
