package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.measure.LayerSpectrum;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** {@code kv_rd_limit}: the error of a Gaussian source of the same covariance at a rate. */
public final class KvRdLimit {
  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_rd_limit",
          KvRdLimit.class,
          SqlFunction.tensorAnd(
              new SqlArgument("bits", DataTypes.DoubleType, "rate in bits per value, from 0")),
          DataTypes.DoubleType,
          "nmse at a rate of a Gaussian source with the covariance of a stored tensor",
          """
          > SELECT round(_FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2, 1.25), 6);
           0.03125
          > SELECT _FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2, 0);
           1.0
          """,
          "A reference, not a floor: the Gaussian is the hardest source of its covariance. At the"
              + " column effective_bits it is the column rd_limit_nmse.");

  private KvRdLimit() {}

  /** Called by Spark's generated code. */
  public static double kv_rd_limit(
      byte[] payload, UTF8String dtype, long tokens, long heads, long headDim, double bits) {
    return SqlFailure.guard(
        FUNCTION.name(),
        () -> {
          if (!(bits >= 0 && bits < Double.POSITIVE_INFINITY)) {
            throw new InvalidInputException(
                "bits is " + bits + ", expected a rate in bits per value from 0");
          }
          TensorView view =
              StoredTensor.view(TensorKind.KEY, payload, dtype, tokens, heads, headDim);
          return LayerSpectrum.reference(List.of(view)).nmseAt(bits);
        });
  }
}
