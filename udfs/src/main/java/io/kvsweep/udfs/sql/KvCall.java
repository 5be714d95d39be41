package io.kvsweep.udfs.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A call of a public static method, which Spark's generated code makes, under the function's own
 * name: in names of columns, plans and errors of analysis.
 */
final class KvCall extends StaticInvoke {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final Option<String> written;

  /**
   * @param name of the function and of the method of {@code owner}
   * @param types what arguments are cast to
   */
  KvCall(
      Class<?> owner,
      DataType result,
      String name,
      List<Expression> given,
      List<AbstractDataType> types) {
    this(
        owner,
        result,
        name,
        name,
        Option.empty(),
        CollectionConverters.asScala(given).toSeq(),
        CollectionConverters.asScala(types).toSeq());
  }

  private KvCall(
      Class<?> owner,
      DataType result,
      String method,
      String name,
      Option<String> written,
      Seq<Expression> given,
      Seq<AbstractDataType> types) {
    super(
        owner,
        result,
        method,
        given,
        types,
        true, // null in, null out
        true,
        true, // deterministic
        Option.empty());
    this.name = name;
    this.written = written;
  }

  /** The same call as what stands for another function, called with other arguments. */
  KvCall as(String function, List<Expression> given) {
    KvCall shown =
        new KvCall(
            staticObject(),
            dataType(),
            functionName(),
            function,
            Option.empty(),
            CollectionConverters.asScala(given).toSeq(),
            inputTypes());
    return new KvCall(
        staticObject(),
        dataType(),
        functionName(),
        function,
        Option.apply(shown.sql()),
        arguments(),
        inputTypes());
  }

  @Override
  public String prettyName() {
    return name;
  }

  /** Which {@code sql()} is made of, and so the name of a column. */
  @Override
  public String toString() {
    return written.isDefined() ? written.get() : name + arguments().mkString("(", ", ", ")");
  }

  @Override
  public KvCall withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    return new KvCall(
        staticObject(), dataType(), functionName(), name, written, newChildren, inputTypes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KvCall call && super.equals(call) && name.equals(call.name);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
