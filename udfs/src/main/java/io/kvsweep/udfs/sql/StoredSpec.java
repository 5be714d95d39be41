package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import io.kvsweep.udfs.spec.WrittenSpec;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.types.DataTypes;

/** The specification of a method that can code a tensor as stored, with nothing but its bytes. */
final class StoredSpec {
  static final SqlArgument ARGUMENT =
      new SqlArgument(
          "spec",
          DataTypes.StringType,
          "a method that codes one tensor by itself, like 'svdq(bits=1.25)'; no selector, no aqua,"
              + " no external, no rope=",
          false,
          StoredSpec::codec);

  /** Of whatever is random in a method: a sweep's default. */
  private static final long SEED = 1;

  /** Far more than a query names; codecs are immutable and small. */
  private static final int KEPT = 64;

  private static final Map<String, TensorCodec> CODECS = new ConcurrentHashMap<>();

  private StoredSpec() {}

  /**
   * Kept from row to row: parsing takes longer than coding a small tensor.
   *
   * @throws InvalidInputException if there is no such method, or it needs more than the tensor
   */
  static TensorCodec codec(String spec) {
    TensorCodec known = CODECS.get(spec);
    if (known != null) {
      return known;
    }
    TensorCodec codec = parse(spec);
    if (CODECS.size() >= KEPT) {
      CODECS.clear();
    }
    CODECS.put(spec, codec);
    return codec;
  }

  private static TensorCodec parse(String spec) {
    // Without those that are refused below.
    WrittenSpec.requireMethods(
        spec,
        Methods.STANDARD,
        method -> method instanceof Method.OfTensor || method instanceof Method.OfTransform);
    List<MethodSpec> specs = Methods.STANDARD.expand(spec);
    if (specs.size() > 1) {
      throw unfit(spec, "is a grid of " + specs.size() + " methods", "name one of them: " + specs);
    }
    MethodSpec canonical = specs.get(0);
    if (!canonical.key().equals(canonical.value())) {
      throw unfit(
          spec, "codes keys and values differently", "call the function with the one or the other");
    }
    OptionalInt rope = WrittenSpec.columnOf("rope", spec);
    if (rope.isPresent()) {
      throw unfit(
          spec,
          "names a rotary stage (column " + rope.getAsInt() + ")",
          "leave rope= out and the tensor is coded in the stage that it is stored in, or use kvsweep"
              + " sweep, which rotates");
    }
    Pipeline pipeline = Methods.STANDARD.pipeline(canonical.key(), SEED);
    if (pipeline.selector().isPresent()) {
      throw unfit(
          spec,
          "selects tokens, which takes queries and a whole prompt",
          "name the codec right of the '|' alone, or use kvsweep sweep");
    }
    if (pipeline.codec() instanceof TensorCodec codec) {
      return codec;
    }
    if (pipeline.codec() instanceof CacheCodec) {
      throw unfit(
          spec,
          "codes all layers together, with predictors calibrated for the model",
          "use kvsweep calibrate and kvsweep sweep --artefacts");
    }
    throw unfit(spec, "reads tensors that were coded elsewhere", "use kvsweep sweep");
  }

  private static InvalidInputException unfit(String spec, String problem, String remedy) {
    return new InvalidInputException(
        "'%s' %s; SQL functions code one tensor as it is stored: %s"
            .formatted(spec, problem, remedy));
  }
}
