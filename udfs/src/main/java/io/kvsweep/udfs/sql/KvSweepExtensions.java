package io.kvsweep.udfs.sql;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Makes the SQL functions of {@link KvFunctions} known to every session: {@code --conf
 * spark.sql.extensions=io.kvsweep.udfs.sql.KvSweepExtensions}.
 */
public final class KvSweepExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (SqlFunction function : KvFunctions.ALL) {
      extensions.injectFunction(
          new Tuple3<>(
              new FunctionIdentifier(function.name()), function.info(), new Call(function)));
    }
    return BoxedUnit.UNIT;
  }

  /** A call, while a query is analysed. */
  private static final class Call extends AbstractFunction1<Seq<Expression>, Expression> {
    private final SqlFunction function;

    Call(SqlFunction function) {
      this.function = function;
    }

    @Override
    public Expression apply(Seq<Expression> arguments) {
      return function.call(CollectionConverters.asJava(arguments));
    }
  }
}
