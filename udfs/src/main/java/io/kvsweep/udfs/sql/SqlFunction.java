package io.kvsweep.udfs.sql;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import scala.Option;

/**
 * A function of SQL: how it is called, and what {@code DESCRIBE FUNCTION EXTENDED} tells of it.
 *
 * @param name in SQL
 * @param owner class that does the work
 * @param group {@link #OF_A_ROW} or {@link #OF_A_GROUP}
 * @param arguments in order, those that may be left out last; null in any of them gives null
 * @param summary one sentence
 * @param examples {@code > SELECT ...;} and below it the result, with {@code _FUNC_} for the name;
 *     a test runs them
 * @param note what else to know
 * @param expression a call with arguments that were checked
 */
record SqlFunction(
    String name,
    Class<?> owner,
    String group,
    List<SqlArgument> arguments,
    String summary,
    String examples,
    String note,
    Function<List<Expression>, Expression> expression) {
  static final String OF_A_ROW = "misc_funcs";
  static final String OF_A_GROUP = "agg_funcs";
  private static final String SINCE = "0.1.0";

  /**
   * A function of a row.
   *
   * @param owner class with public static methods of that name, one for each number of arguments
   */
  static SqlFunction ofRow(
      String name,
      Class<?> owner,
      List<SqlArgument> arguments,
      DataType result,
      String summary,
      String examples,
      String note) {
    return new SqlFunction(
        name,
        owner,
        OF_A_ROW,
        arguments,
        summary,
        examples,
        note,
        given -> new KvCall(owner, result, name, given, types(arguments, given.size())));
  }

  /**
   * This function of a tensor that is stored in several blocks: an aggregate, called with {@code
   * token_start} before the arguments of the tensor.
   *
   * @param example what to select from two blocks, as {@link KvJoinBlocks} has them
   * @param shown its result
   */
  SqlFunction overBlocks(String example, String shown) {
    List<SqlArgument> more = arguments.subList(StoredTensor.ARGUMENTS.size(), arguments.size());
    return new SqlFunction(
        name + "_blocks",
        owner,
        OF_A_GROUP,
        Stream.concat(KvJoinBlocks.ARGUMENTS.stream(), more.stream()).toList(),
        "aggregate: joins the blocks of a tensor by token_start and does with it as " + name,
        "> SELECT %s\n    %s;\n %s\n".formatted(example, KvJoinBlocks.TWO_BLOCKS, shown),
        KvJoinBlocks.NOTE,
        given -> ((KvCall) expression.apply(joined(given))).as(name + "_blocks", given));
  }

  /** The arguments with those of a block replaced by those of the joined tensor. */
  private static List<Expression> joined(List<Expression> given) {
    int blocks = KvJoinBlocks.ARGUMENTS.size();
    Expression tensor = new KvJoinBlocks(given.subList(0, blocks)).toAggregateExpression();
    return Stream.concat(
            KvJoinBlocks.tensorFields().stream()
                .map(
                    field ->
                        new GetStructField(
                            tensor, KvJoinBlocks.RESULT.fieldIndex(field), Option.apply(field))),
            given.subList(blocks, given.size()).stream())
        .toList();
  }

  static List<SqlArgument> tensorAnd(SqlArgument... more) {
    return Stream.concat(StoredTensor.ARGUMENTS.stream(), Stream.of(more)).toList();
  }

  static List<AbstractDataType> types(List<SqlArgument> arguments, int given) {
    return arguments.stream().limit(given).<AbstractDataType>map(SqlArgument::type).toList();
  }

  /** What {@code DESCRIBE FUNCTION EXTENDED} prints. */
  ExpressionInfo info() {
    String names =
        arguments.stream()
            .map(a -> a.optional() ? "[, " + a.name() + "]" : ", " + a.name())
            .collect(Collectors.joining())
            .substring(2);
    String list = arguments.stream().map(a -> "* " + a + "\n").collect(Collectors.joining());
    return new ExpressionInfo(
        owner.getName(),
        null,
        name,
        "_FUNC_(" + names + ") - " + summary,
        "\n    Arguments:\n" + list.indent(6),
        "\n    Examples:\n" + examples.indent(6),
        "\n      " + note + "\n  ",
        group,
        SINCE,
        "",
        "java_udf");
  }

  /**
   * A call, while a query is analysed. What names no method, or an unfit one, whatever the row, is
   * found here, before any task runs.
   */
  Expression call(List<Expression> given) {
    if (given.stream().anyMatch(NamedArgumentExpression.class::isInstance)) {
      throw SqlFailure.namedArguments(name);
    }
    int least = (int) arguments.stream().filter(argument -> !argument.optional()).count();
    if (given.size() < least || given.size() > arguments.size()) {
      throw SqlFailure.wrongNumber(name, least, arguments.size(), given.size());
    }
    for (int i = 0; i < given.size(); i++) {
      SqlArgument argument = arguments.get(i);
      Expression expression = given.get(i);
      SqlFailure.check(name, () -> argument.check(expression));
    }
    return expression.apply(given);
  }
}
