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
   * @throws InvalidInputException if whole numbers are wanted, which Spark would cut others down
   *     to, or the check refuses the text
   */
  void check(Expression given) {
    if (!given.resolved()) {
      return;
    }
    if (type.equals(DataTypes.LongType) && !isWhole(given.dataType())) {
      throw new InvalidInputException(
          "%s is of type %s, expected an integer: cast it, if that is what you mean"
              .formatted(name, given.dataType().sql()));
    }
    text(given).ifPresent(check);
  }

  private static boolean isWhole(DataType type) {
    return type.equals(DataTypes.LongType)
        || type.equals(DataTypes.IntegerType)
        || type.equals(DataTypes.ShortType)
        || type.equals(DataTypes.ByteType)
        || type.equals(DataTypes.NullType)
        || (type instanceof DecimalType decimal && decimal.scale() == 0);
  }

  /**
   * A text that does not depend on rows. Some calls have a value only once the query is planned.
   */
  private static Optional<String> text(Expression given) {
    boolean known =
        given.foldable()
            && !given.exists(e -> e instanceof RuntimeReplaceable || e instanceof Unevaluable);
    return known && given.eval(null) instanceof UTF8String text
        ? Optional.of(text.toString())
        : Optional.empty();
  }

  /** As {@code DESCRIBE FUNCTION EXTENDED} lists it. */
  @Override
  public String toString() {
    return name + " - " + type.sql().toLowerCase(Locale.ROOT) + ": " + meaning;
  }
}
