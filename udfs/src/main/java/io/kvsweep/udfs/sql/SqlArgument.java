package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * An argument of a function.
 *
 * @param type what arguments are cast to, where Spark casts without being asked
 * @param meaning for people
 * @param optional whether a call may leave it out; the last ones alone
 * @param check of a text that is known while a query is analysed
 */
record SqlArgument(
    String name, DataType type, String meaning, boolean optional, Consumer<String> check) {
  SqlArgument(String name, DataType type, String meaning) {
    this(name, type, meaning, false, text -> {});
  }

  /**
   * Checks what is known of an argument while a query is analysed.
   *
   * @throws InvalidInputException if it is of a type that Spark would cast to something else than
   *     was meant: fractions to whole numbers, numbers to texts, texts to their bytes; or the check
   *     refuses the text
   */
  void check(Expression given) {
    if (!given.resolved()) {
      return;
    }
    DataType is = given.dataType();
    if (!is.equals(DataTypes.NullType) && !accepts(is)) {
      throw new InvalidInputException(
          "%s is of type %s, expected %s: cast it, if that is what you mean"
              .formatted(name, is.sql(), expected()));
    }
    text(given).ifPresent(check);
  }

  private boolean accepts(DataType is) {
    if (type.equals(DataTypes.LongType)) {
      return isWhole(is);
    }
    if (type.equals(DataTypes.DoubleType)) {
      return is instanceof NumericType;
    }
    return type.equals(DataTypes.StringType) ? is instanceof StringType : is.equals(type);
  }

  private String expected() {
    return type.equals(DataTypes.LongType)
        ? "an integer"
        : type.equals(DataTypes.DoubleType) ? "a number" : type.sql();
  }

  private static boolean isWhole(DataType is) {
    return is instanceof IntegralType
        || (is instanceof DecimalType decimal && decimal.scale() == 0);
  }

  /** A text that does not depend on rows. Some calls have a value only once a query is planned. */
  private static Optional<String> text(Expression given) {
    Expression known = replaced(given);
    return known.foldable()
            && !known.exists(e -> e instanceof Unevaluable)
            && known.eval(null) instanceof UTF8String text
        ? Optional.of(text.toString())
        : Optional.empty();
  }

  /** With what calls like {@code nvl} stand for, as the planner will see it. */
  private static Expression replaced(Expression given) {
    return given instanceof RuntimeReplaceable call
        ? replaced(call.replacement())
        : given.mapChildren(SqlArgument::replaced);
  }

  /** As {@code DESCRIBE FUNCTION EXTENDED} lists it. */
  @Override
  public String toString() {
    return name + " - " + type.sql().toLowerCase(Locale.ROOT) + ": " + meaning;
  }
}
