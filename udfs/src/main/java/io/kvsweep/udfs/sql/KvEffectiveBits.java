package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;

/** {@code kv_effective_bits}: bytes as bits per value. */
public final class KvEffectiveBits {
  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_effective_bits",
          KvEffectiveBits.class,
          List.of(
              new SqlArgument("total_bytes", DataTypes.DoubleType, "all bytes that decoding reads"),
              new SqlArgument("tokens", DataTypes.LongType, "tokens of the tensor"),
              new SqlArgument("heads", DataTypes.LongType, "its KV heads"),
              new SqlArgument("head_dim", DataTypes.LongType, "channels of a head")),
          DataTypes.DoubleType,
          "bits per value of a tensor [tokens, heads, head_dim] that takes so many bytes",
          """
          > SELECT _FUNC_(4096, 128, 2, 64);
           2.0
          > SELECT _FUNC_(octet_length(kv_encode(X'003C004000BC00C0', 'f16', 2, 1, 2, 'none')), 2, 1, 2);
           112.0
          """,
          "8 * total_bytes / (tokens * heads * head_dim), as in the column effective_bits.");

  private KvEffectiveBits() {}

  /** Called by Spark's generated code. */
  public static double kv_effective_bits(double totalBytes, long tokens, long heads, long headDim) {
    return SqlFailure.guard(
        FUNCTION.name(),
        () -> {
          if (!(totalBytes >= 0 && totalBytes < Double.POSITIVE_INFINITY)) {
            throw new InvalidInputException(
                "total_bytes is " + totalBytes + ", expected a number of bytes from 0");
          }
          if (tokens < 1 || heads < 1 || headDim < 1) {
            throw new InvalidInputException(
                "invalid shape [%d, %d, %d]: tokens, heads and head dimension must be at least 1"
                    .formatted(tokens, heads, headDim));
          }
          return 8 * totalBytes / ((double) tokens * heads * headDim); // of any size: none is held
        });
  }
}
