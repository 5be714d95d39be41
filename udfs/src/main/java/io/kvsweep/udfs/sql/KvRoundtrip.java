package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * {@code kv_roundtrip(payload, dtype, tokens, heads, head_dim, spec)}: encodes a stored tensor,
 * decodes it from the bytes and tells bytes and errors. Works on the tensor as stored, and as keys:
 * a method that treats values otherwise does not do so here.
 */
public final class KvRoundtrip {
  static final StructType RESULT =
      new StructType()
          .add("total_bytes", DataTypes.LongType, false)
          .add("effective_bits", DataTypes.DoubleType, false)
          .add("compression_ratio", DataTypes.DoubleType, false)
          .add("nmse", DataTypes.DoubleType, false)
          .add("sqnr_db", DataTypes.DoubleType, false)
          .add("max_abs_error", DataTypes.DoubleType, false);

  private KvRoundtrip() {}

  /** Called by Spark's generated code, under its SQL name so that errors of analysis show it. */
  public static InternalRow kv_roundtrip(
      byte[] payload, UTF8String dtype, int tokens, int heads, int headDim, UTF8String spec) {
    KvTensor tensor = tensor(payload, dtype.toString(), tokens, heads, headDim);
    TensorView view = new TensorView(tensor, Optional.empty());
    TensorCodec codec = codec(spec.toString());
    byte[] block = codec.encode(view);
    Reconstruction decoded = codec.decode(block, tensor.shape());
    Distortion distortion = new Distortion(1, heads, headDim, (long) tokens * heads);
    distortion.add(
        0, tensor.data(), decoded.data(), decoded.exactPrefix(), tokens - decoded.exactSuffix());
    Distortion.Result result = distortion.result();
    return new GenericInternalRow(
        new Object[] {
          (long) block.length,
          8.0 * block.length / tensor.shape().values(),
          (double) tensor.capturedBytes() / block.length,
          result.nmse(),
          result.sqnrDb(),
          result.maxAbsError()
        });
  }

  private static KvTensor tensor(byte[] payload, String dtype, int tokens, int heads, int dim) {
    TensorShape shape;
    DType type;
    try {
      shape = new TensorShape(tokens, heads, dim);
      type = DType.of(dtype);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("kv_roundtrip: " + e.getMessage(), e);
    }
    if (payload.length != (long) shape.values() * type.bytes()) {
      throw new InvalidInputException(
          "kv_roundtrip: payload has %d bytes, shape %s of %s needs %d"
              .formatted(
                  payload.length, shape, type.label(), (long) shape.values() * type.bytes()));
    }
    float[] data = new float[shape.values()];
    type.decode(payload, 0, data, 0, data.length);
    return new KvTensor(TensorKind.KEY, shape, type, RopeStage.NONE, 0, data);
  }

  private static TensorCodec codec(String spec) {
    Pipeline pipeline = Methods.STANDARD.pipeline(spec, 1);
    if (pipeline.selector().isPresent() || !(pipeline.codec() instanceof TensorCodec codec)) {
      throw new InvalidInputException(
          "'" + spec + "' does not code a stored tensor by itself: use kvsweep sweep");
    }
    return codec;
  }
}
