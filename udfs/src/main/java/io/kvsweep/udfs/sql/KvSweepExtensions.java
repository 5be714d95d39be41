package io.kvsweep.udfs.sql;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Function1;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Makes the SQL functions known to every session: {@code --conf
 * spark.sql.extensions=io.kvsweep.udfs.sql.KvSweepExtensions}.
 */
public final class KvSweepExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectFunction(
        new Tuple3<>(
            new FunctionIdentifier("kv_roundtrip"),
            info(
                "kv_roundtrip",
                "_FUNC_(payload, dtype, tokens, heads, head_dim, spec) - encodes a stored tensor"
                    + " with a method, as keys, decodes it from the bytes, and returns"
                    + " struct<total_bytes, effective_bits, compression_ratio, nmse, sqnr_db,"
                    + " max_abs_error>"),
            staticMethod(
                KvRoundtrip.class,
                "kv_roundtrip",
                List.of(
                    DataTypes.BinaryType,
                    DataTypes.StringType,
                    DataTypes.IntegerType,
                    DataTypes.IntegerType,
                    DataTypes.IntegerType,
                    DataTypes.StringType))));
    return BoxedUnit.UNIT;
  }

  private static ExpressionInfo info(String name, String usage) {
    return new ExpressionInfo(
        KvRoundtrip.class.getName(),
        null,
        name,
        usage,
        "",
        """

            Examples:
              > SELECT layer, r.effective_bits, r.nmse
                FROM (SELECT layer, _FUNC_(payload, dtype, tokens, heads, head_dim, 'svdq(bits=1.25)') AS r
                      FROM parquet.`my-dataset/tensors/*/*.parquet` WHERE kind = 'key');
        """,
        "",
        "misc_funcs",
        "0.1.0",
        "",
        "java_udf");
  }

  private static Function1<Seq<Expression>, Expression> staticMethod(
      Class<?> owner, String name, List<AbstractDataType> types) {
    Seq<AbstractDataType> inputTypes = CollectionConverters.asScala(types).toSeq();
    return new AbstractFunction1<>() {
      @Override
      public Expression apply(Seq<Expression> arguments) {
        if (arguments.size() != inputTypes.size()) {
          throw KvSweepExtensions.<RuntimeException>unchecked(
              wrongNumber(name, inputTypes.size(), arguments.size()));
        }
        return new StaticInvoke(
            owner,
            KvRoundtrip.RESULT,
            name,
            arguments,
            inputTypes,
            true,
            true,
            true,
            Option.empty());
      }
    };
  }

  /** What Spark itself says; a {@link StaticInvoke} would look for a method that is not there. */
  private static AnalysisException wrongNumber(String name, int expected, int actual) {
    return new AnalysisException(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        scala.collection.immutable.Map.from(
            CollectionConverters.asScala(
                Map.of(
                    "functionName",
                    "`" + name + "`",
                    "expectedNum",
                    Integer.toString(expected),
                    "actualNum",
                    Integer.toString(actual),
                    "docroot",
                    "https://spark.apache.org/docs/latest"))));
  }

  /** Scala's function declares no exception, but its callers expect this one. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> E unchecked(Exception e) throws E {
    throw (E) e;
  }
}
