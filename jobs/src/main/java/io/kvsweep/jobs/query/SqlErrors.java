package io.kvsweep.jobs.query;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.UnreadableFiles;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.storage.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.QueryContext;
import org.apache.spark.QueryContextType;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/** Tells failures that the author of a query can mend from bugs, and says the former shortly. */
record SqlErrors(ResultStore store, String sql) {
  private static final String MISSING_VIEW = "TABLE_OR_VIEW_NOT_FOUND";
  private static final String MISSING_FUNCTION = "UNRESOLVED_ROUTINE";
  private static final String UNREADABLE = "FAILED_READ_FILE";

  /**
   * Classes of SQLSTATE that lie in the query or the data: cardinality, data exception, syntax,
   * limits, features that Spark lacks, what the query itself raises.
   */
  private static final List<String> MENDABLE = List.of("21", "22", "42", "54", "0A", "P0");

  /** The name of the view that does not exist, if that is what failed. */
  static Optional<String> missing(Throwable thrown) {
    return spark(thrown)
        .filter(e -> MISSING_VIEW.equals(e.getCondition()))
        .map(e -> e.getMessageParameters().getOrDefault("relationName", "").replace("`", ""));
  }

  /** What to throw in place of what Spark threw. */
  RuntimeException translated(Exception thrown) {
    if (find(thrown, InvalidInputException.class).isPresent()) {
      return find(thrown, InvalidInputException.class).get();
    }
    SparkThrowable spark = spark(thrown).orElse(null);
    if (spark == null) {
      return unchecked(thrown);
    }
    if (spark.getCondition().startsWith(UNREADABLE)) {
      return unreadable(spark.getMessageParameters().getOrDefault("path", ""), thrown);
    }
    String problem = null;
    if (MISSING_VIEW.equals(spark.getCondition())) {
      problem = "there is no '" + missing(thrown).orElseThrow() + "'";
    } else if (calledJava(spark).isPresent()) {
      problem =
          "'%s' calls Java, and a query only reads; leave it out"
              .formatted(calledJava(spark).get());
    } else if (MENDABLE.stream().anyMatch(spark.getSqlState()::startsWith)) {
      problem = message(spark);
    }
    return problem == null
        ? unchecked(thrown)
        : new InvalidInputException(
            "the query cannot be run%s: %s%s"
                .formatted(
                    place(spark),
                    problem,
                    spark instanceof AnalysisException ? "; views: " + View.labels() : ""),
            thrown);
  }

  /** The function that is missing because a query has none of its kind. */
  private static Optional<String> calledJava(SparkThrowable spark) {
    return Optional.of(spark)
        .filter(e -> MISSING_FUNCTION.equals(e.getCondition()))
        .map(e -> e.getMessageParameters().getOrDefault("routineName", ""))
        .map(name -> name.replace("`", "").replaceFirst(".*\\.", "").toLowerCase(Locale.ROOT))
        .filter(Query.JAVA_CALLS::contains);
  }

  private RuntimeException unreadable(String path, Exception thrown) {
    Path file = new Path(path);
    String root = Storage.show(store.root()) + "/";
    String shown = Storage.show(file);
    if (shown.startsWith(root + "tables/")) {
      return View.unreadable(file, store, thrown);
    }
    if (shown.startsWith(root)) {
      try {
        return UnreadableFiles.named(
            () -> {
              throw thrown;
            });
      } catch (RuntimeException e) {
        return e;
      }
    }
    return new InvalidInputException(
        "%s, which the query names, is not readable as what it says; check the file"
            .formatted(shown),
        thrown);
  }

  private static RuntimeException unchecked(Exception thrown) {
    return thrown instanceof RuntimeException e
        ? e
        : new IllegalStateException("Spark failed", thrown);
  }

  /** Spark's message without the query, the plan and the call site that it appends. */
  private static String message(SparkThrowable spark) {
    Throwable thrown = (Throwable) spark;
    String text =
        spark instanceof AnalysisException analysis
            ? analysis.getSimpleMessage()
            : thrown.getMessage();
    return text.split("\n\n|\n== |\\.\n|;\n|; line \\d|\\.? SQLSTATE: | If necessary set ", 2)[0]
        .strip();
  }

  /** Line and column of what is wrong, both from 1. */
  private String place(SparkThrowable spark) {
    if (spark instanceof AnalysisException e && e.line().isDefined()) {
      int line = (Integer) e.line().get();
      int column = e.startPosition().isDefined() ? (Integer) e.startPosition().get() + 1 : 1;
      return at(line, column);
    }
    return Arrays.stream(spark.getQueryContext())
        .filter(context -> context.contextType() == QueryContextType.SQL)
        .map(QueryContext::startIndex)
        .filter(index -> index >= 0 && index <= sql.length())
        .findFirst()
        .map(
            index -> {
              String before = sql.substring(0, index);
              int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
              return at(line, index - before.lastIndexOf('\n'));
            })
        .orElse("");
  }

  private static String at(int line, int column) {
    return " (line %d, column %d)".formatted(line, column);
  }

  /** The innermost of Spark's failures with a condition. */
  private static Optional<SparkThrowable> spark(Throwable thrown) {
    return Stream.iterate(thrown, t -> t != null, Throwable::getCause)
        .filter(t -> t instanceof SparkThrowable s && s.getCondition() != null)
        .map(SparkThrowable.class::cast)
        .reduce((outer, inner) -> inner);
  }

  private static <T> Optional<T> find(Throwable thrown, Class<T> type) {
    return Stream.iterate(thrown, t -> t != null, Throwable::getCause)
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }
}
