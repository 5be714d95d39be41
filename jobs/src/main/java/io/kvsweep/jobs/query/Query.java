package io.kvsweep.jobs.query;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.UnresolvedExecuteImmediate;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.DescribeRelation;
import org.apache.spark.sql.catalyst.plans.logical.InsertIntoDir;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.ScriptTransformation;
import org.apache.spark.sql.internal.SessionState;

/**
 * One SQL query over the {@linkplain View views} of an output folder. A view is made when the query
 * turns out to name it, so a table that nobody asks for need not exist.
 */
public final class Query {
  /** Functions of Spark that run any static method of Java, {@code System.exit} included. */
  static final Set<String> JAVA_CALLS = Set.of("reflect", "try_reflect", "java_method");

  private final SparkSession spark;
  private final Set<View> made = EnumSet.noneOf(View.class);
  private final ResultStore store;
  private final SqlErrors errors;

  /**
   * @param spark stays as it is: views live in a session of their own, which cannot call Java
   * @param sql the query
   */
  public Query(SparkSession spark, ResultStore store, String sql) {
    this.spark = spark.newSession();
    this.spark.conf().set("spark.sql.session.timeZone", "UTC");
    JAVA_CALLS.forEach(
        name -> state().functionRegistry().dropFunction(FunctionIdentifier.apply(name)));
    this.store = store;
    this.errors = new SqlErrors(store, sql);
  }

  /**
   * Parses and analyses the query; no row is read yet.
   *
   * @throws InvalidInputException if it is no query, names what does not exist or is wrong in some
   *     other way, with the place and the views
   */
  public Dataset<Row> rows() {
    checked(this::checkReadOnly);
    while (true) {
      try {
        return spark.sql(errors.sql());
      } catch (Exception e) { // Scala throws checked ones too, and declares none
        Optional<View> missing = SqlErrors.missing(e).flatMap(View::of).filter(made::add);
        View view = missing.orElseThrow(() -> errors.translated(e));
        checked(
            () -> {
              view.rows(spark, store).createOrReplaceTempView(view.label());
              return view;
            });
      }
    }
  }

  /**
   * The tables named that were made before the last results were published, and so may lack them.
   * Known after {@link #rows()}.
   */
  public List<View> outdated() {
    List<View> tables = made.stream().filter(view -> view.file(store).isPresent()).toList();
    if (tables.isEmpty()) {
      return tables;
    }
    Predicate<Path> current = store.isOfTheseResults();
    return tables.stream().filter(view -> !current.test(view.file(store).orElseThrow())).toList();
  }

  /**
   * Does something with the rows.
   *
   * @throws InvalidInputException if the query fails on them in a way that its author can mend
   */
  public <T> T checked(Callable<T> action) {
    try {
      return action.call();
    } catch (Exception e) { // as above
      throw errors.translated(e);
    }
  }

  /** Before Spark gets it: it runs whatever is no query at once. */
  private Void checkReadOnly() throws ParseException {
    LogicalPlan plan = state().sqlParser().parsePlan(errors.sql());
    if (!(plan instanceof DescribeRelation) && plan.exists(Query::isStatement)) {
      throw new InvalidInputException(
          "only queries are run, and this changes something or is none: expected SELECT, WITH, VALUES or DESCRIBE VIEW; views: "
              + View.labels());
    }
    return null;
  }

  private SessionState state() {
    return ((org.apache.spark.sql.classic.SparkSession) spark).sessionState();
  }

  private static boolean isStatement(Object node) {
    // The last three are neither: one writes files, one runs a program, one any statement in a
    // text.
    return node instanceof Command
        || node instanceof ParsedStatement
        || node instanceof InsertIntoDir
        || node instanceof ScriptTransformation
        || node instanceof UnresolvedExecuteImmediate;
  }
}
