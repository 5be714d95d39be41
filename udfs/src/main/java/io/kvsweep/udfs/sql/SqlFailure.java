package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import java.util.function.Supplier;
import org.apache.spark.QueryContext;
import org.apache.spark.SparkRuntimeException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.errors.QueryCompilationErrors;
import scala.Option;
import scala.collection.immutable.Map;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What goes wrong in a function, as an error of SQL: condition {@code USER_RAISED_EXCEPTION}, that
 * of {@code raise_error}, with our message, and our exception as its cause.
 */
final class SqlFailure {
  private static final String CONDITION = "USER_RAISED_EXCEPTION";

  private SqlFailure() {}

  /** Runs the body of a function. Faults of ours pass through as they are. */
  static <T> T guard(String function, Supplier<T> body) {
    try {
      return body.get();
    } catch (InvalidInputException | MalformedBlockException | UnencodableException e) {
      throw new SparkRuntimeException(CONDITION, message(function, e), e, new QueryContext[0], "");
    }
  }

  /** Runs a check while a query is analysed. */
  static void check(String function, Runnable check) {
    try {
      check.run();
    } catch (InvalidInputException e) {
      throw SqlFailure.<RuntimeException>unchecked(
          new AnalysisException(CONDITION, message(function, e), Option.apply((Throwable) e)));
    }
  }

  /** What Spark itself says of its functions. */
  static RuntimeException wrongNumber(String function, int least, int most, int actual) {
    Map<String, String> parameters =
        scala(
            java.util.Map.of(
                "functionName",
                "`" + function + "`",
                "expectedNum",
                least == most ? Integer.toString(least) : "[" + least + ", " + most + "]",
                "actualNum",
                Integer.toString(actual),
                "docroot",
                "https://spark.apache.org/docs/latest"));
    throw SqlFailure.<RuntimeException>unchecked(
        new AnalysisException("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", parameters));
  }

  /** What Spark itself says of functions whose arguments have no names in SQL. */
  static RuntimeException namedArguments(String function) {
    throw SqlFailure.<RuntimeException>unchecked(
        (Exception) QueryCompilationErrors.namedArgumentsNotSupported(function));
  }

  private static Map<String, String> message(String function, RuntimeException e) {
    return scala(java.util.Map.of("errorMessage", function + ": " + e.getMessage()));
  }

  private static Map<String, String> scala(java.util.Map<String, String> map) {
    return Map.from(CollectionConverters.asScala(map));
  }

  /** Scala's functions declare no exception, but their callers expect this one. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> E unchecked(Exception e) throws E {
    throw (E) e;
  }
}
