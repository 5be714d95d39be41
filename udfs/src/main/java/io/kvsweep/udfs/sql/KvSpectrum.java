package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.measure.LayerSpectrum;
import java.util.List;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/** {@code kv_spectrum}: singular values of the centred tensor, heads joined. */
public final class KvSpectrum {
  static final SqlFunction FUNCTION =
      SqlFunction.ofRow(
          "kv_spectrum",
          KvSpectrum.class,
          StoredTensor.ARGUMENTS,
          DataTypes.createArrayType(DataTypes.DoubleType, false),
          "singular values, descending, of a stored tensor as a matrix [tokens, heads * head_dim]"
              + " with the channel means removed",
          """
          > SELECT transform(_FUNC_(X'003C004000BC00C0', 'f16', 2, 1, 2), s -> round(s, 4));
           [3.1623,0.0]
          """,
          "The column singular_values of the table spectra, but in the rotary stage that the tensor is"
              + " stored in: equal where that is pre or none.");

  private KvSpectrum() {}

  /** Called by Spark's generated code. */
  public static ArrayData kv_spectrum(
      byte[] payload, UTF8String dtype, long tokens, long heads, long headDim) {
    return SqlFailure.guard(
        FUNCTION.name(),
        () -> {
          TensorView view =
              StoredTensor.view(TensorKind.KEY, payload, dtype, tokens, heads, headDim);
          double[] values = LayerSpectrum.energies(List.of(view));
          for (int j = 0; j < values.length; j++) {
            values[j] = Math.sqrt(values[j]);
          }
          return new GenericArrayData(values);
        });
  }
}
