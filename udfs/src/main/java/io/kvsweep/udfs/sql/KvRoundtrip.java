package io.kvsweep.udfs.sql;

import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.measure.ByteCount;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.result.ResultColumn;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * {@code kv_roundtrip}: encodes a stored tensor, decodes it from the bytes and tells bytes and
 * errors, under the names and by the definitions of {@link ResultColumn}.
 */
public final class KvRoundtrip {
  static final StructType RESULT =
      new StructType()
          .add(field(ResultColumn.TOTAL_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.CODES_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.PARAMETERS_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.BASIS_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.EXACT_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.HEADER_BYTES), DataTypes.LongType, false)
          .add(field(ResultColumn.NOMINAL_BITS), DataTypes.DoubleType, false)
          .add(field(ResultColumn.EFFECTIVE_BITS), DataTypes.DoubleType, false)
          .add(field(ResultColumn.COMPRESSION_RATIO), DataTypes.DoubleType, false)
          .add(field(ResultColumn.NMSE), DataTypes.DoubleType, false)
          .add(field(ResultColumn.SQNR_DB), DataTypes.DoubleType, false)
          .add(field(ResultColumn.COSINE_MEAN), DataTypes.DoubleType, false)
          .add(field(ResultColumn.MAX_ABS_ERROR), DataTypes.DoubleType, false);

  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_roundtrip",
          KvRoundtrip.class,
          SqlFunction.tensorAnd(StoredSpec.ARGUMENT, StoredTensor.KIND),
          RESULT,
          "encodes a stored tensor with a method, decodes it from the bytes, and returns a struct of"
              + " bytes and errors, named as the columns of results",
          """
          > SELECT _FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2, 'none').total_bytes;
           56
          > SELECT r.total_bytes, r.effective_bits, r.nmse
              FROM (SELECT _FUNC_(X'003C004000BC00C0', 'f16', 1, 1, 4, 'rtn(bits=1)') AS r);
           53	106.0	0.2
          > SELECT _FUNC_(NULL, 'f16', 2, 1, 2, 'none');
           NULL
          """,
          "The tensor is coded in the rotary stage that it is stored in, with seed 1.");

  private KvRoundtrip() {}

  private static String field(ResultColumn column) {
    return column.label();
  }

  /** Called by Spark's generated code. */
  public static InternalRow kv_roundtrip(
      byte[] payload, UTF8String dtype, long tokens, long heads, long headDim, UTF8String spec) {
    return kv_roundtrip(payload, dtype, tokens, heads, headDim, spec, StoredTensor.AS_KEY);
  }

  /** Called by Spark's generated code. */
  public static InternalRow kv_roundtrip(
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
            roundtrip(
                StoredTensor.view(
                    StoredTensor.kind(kind.toString()), payload, dtype, tokens, heads, headDim),
                StoredSpec.codec(spec.toString())));
  }

  private static InternalRow roundtrip(TensorView view, TensorCodec codec) {
    byte[] bytes = codec.encode(view);
    Reconstruction decoded = codec.decode(bytes, view.shape());
    int tokens = view.shape().tokens();
    int heads = view.shape().heads();
    Distortion distortion = new Distortion(1, heads, view.shape().headDim(), (long) tokens * heads);
    distortion.add(
        0,
        view.tensor().data(),
        decoded.data(),
        decoded.exactPrefix(),
        tokens - decoded.exactSuffix());
    Distortion.Result result = distortion.result();
    ByteCount sizes = ByteCount.of(bytes);
    return new GenericInternalRow(
        new Object[] {
          sizes.total(),
          sizes.codes(),
          sizes.parameters(),
          sizes.basis(),
          sizes.exact(),
          sizes.header(),
          codec.nominalBits(bytes),
          8.0 * sizes.total() / view.shape().values(),
          (double) view.tensor().capturedBytes() / sizes.total(),
          result.nmse(),
          result.sqnrDb(),
          result.cosineMean(),
          result.maxAbsError()
        });
  }
}
