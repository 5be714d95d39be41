package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.HiveResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;

/** What holds for all SQL functions alike, and their descriptions. */
class SqlFunctionsTest {
  /** Names, each with all arguments that it takes, of columns of {@link #TENSOR}. */
  private static final Map<String, List<String>> CALLS = calls();

  private static final String TENSOR =
      """
      VALUES (0, X'003C004000BC00C0', 'f16', 2, 1, 2, 1.25D, 'rtn(bits=2)', 'value', 100L, %s)
      AS t(token_start, payload, dtype, tokens, heads, head_dim, bits, spec, kind, total_bytes, block)
      """
          .formatted("kv_encode(X'003C004000BC00C0', 'f16', 2, 1, 2, 'rtn(bits=2)')");

  private static Map<String, List<String>> calls() {
    Map<String, List<String>> calls = new TreeMap<>();
    List<String> tensor = List.of("payload", "dtype", "tokens", "heads", "head_dim");
    calls.put("kv_roundtrip", plus(tensor, "spec", "kind"));
    calls.put("kv_encode", plus(tensor, "spec", "kind"));
    calls.put("kv_decode", List.of("block", "dtype", "tokens", "heads", "head_dim", "spec"));
    calls.put("kv_spectrum", tensor);
    calls.put("kv_effective_bits", List.of("total_bytes", "tokens", "heads", "head_dim"));
    calls.put("kv_rd_limit", plus(tensor, "bits"));
    calls.put("kv_join_blocks", plus(List.of("token_start"), tensor));
    for (String name : List.of("kv_roundtrip", "kv_encode", "kv_spectrum", "kv_rd_limit")) {
      calls.put(name + "_blocks", plus(List.of("token_start"), calls.get(name)));
    }
    return calls;
  }

  private static List<String> plus(List<String> some, String... more) {
    return plus(some, List.of(more));
  }

  private static List<String> plus(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  static List<String> names() {
    return List.copyOf(CALLS.keySet());
  }

  /** Without those that may be left out. */
  private static List<String> required(String name) {
    return CALLS.get(name).stream().filter(argument -> !argument.equals("kind")).toList();
  }

  private static Dataset<Row> sql(String text) {
    return TestSpark.session().sql(text);
  }

  private static Object value(String call) {
    return values(List.of(call)).get(0);
  }

  /** Of calls of one function, in one query. */
  private static Row values(List<String> calls) {
    String text =
        "SELECT %s FROM %s %s".formatted(String.join(", ", calls), TENSOR, groupBy(calls.get(0)));
    List<Row> rows = sql(text).collectAsList();
    assertEquals(1, rows.size());
    return rows.get(0);
  }

  /** What is no argument of a tensor's aggregate must be one value of the group. */
  private static String groupBy(String call) {
    return call.contains("_blocks") ? "GROUP BY spec, bits, kind" : "";
  }

  private static String call(String name, List<String> arguments) {
    return name + "(" + String.join(", ", arguments) + ")";
  }

  private static String described(String name) {
    return sql("DESCRIBE FUNCTION EXTENDED " + name).collectAsList().stream()
        .map(row -> row.getString(0))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void allOfThemAreHere() {
    List<String> known =
        sql("SHOW ALL FUNCTIONS LIKE 'kv_*'").collectAsList().stream()
            .map(row -> row.getString(0))
            .filter(name -> !name.equals("kv_measure")) // the sweep's own
            .sorted()
            .toList();
    assertEquals(names(), known);
  }

  @ParameterizedTest
  @MethodSource("names")
  void nullInAnyArgumentGivesNull(String name) {
    List<String> arguments = CALLS.get(name);
    List<String> calls = new ArrayList<>(List.of(call(name, arguments)));
    for (String argument : arguments) {
      // A null that the analyser sees, and one that only a row shows.
      calls.add(call(name, with(arguments, argument, "NULL")));
      calls.add(call(name, with(arguments, argument, "NULLIF(%1$s, %1$s)".formatted(argument))));
    }
    Row row = values(calls);
    assertNotNull(row.get(0));
    for (int i = 1; i < calls.size(); i++) {
      assertNull(row.get(i), calls.get(i));
    }
  }

  private static List<String> with(List<String> arguments, String argument, String replacement) {
    return arguments.stream().map(a -> a.equals(argument) ? replacement : a).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isDeterministic(String name) {
    String text =
        "SELECT %s AS r FROM %s %s"
            .formatted(call(name, CALLS.get(name)), TENSOR, groupBy(call(name, CALLS.get(name))));
    LogicalPlan plan = sql(text).queryExecution().analyzed();
    assertTrue(plan.deterministic(), name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void wrongNumbersAndTypesOfArgumentsAreErrorsOfAnalysis(String name) {
    List<String> arguments = CALLS.get(name);
    List<String> required = required(name);
    List<String> wrongType = new ArrayList<>(arguments);
    wrongType.set(0, "array(1)");
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            required.subList(0, required.size() - 1),
            plus(arguments, "1"),
            wrongType)) {
      AnalysisException e =
          assertThrows(AnalysisException.class, () -> value(call(name, wrong)), name + wrong);
      assertTrue(
          e.getMessage().contains("`" + name + "`")
              || e.getMessage().contains("\"" + name + "(")
              || e.getMessage().contains("] " + name + ": "),
          e.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void isDescribedWithExamplesThatHold(String name) {
    String text = described(name);
    assertTrue(text.contains("Usage: " + usage(name) + " - "), text);
    assertTrue(text.contains("Since: 0.1.0"), text);
    assertTrue(text.contains("Note:"), text);
    assertFalse(text.contains("_FUNC_"), text);
    for (String argument : CALLS.get(name)) {
      assertTrue(text.contains("      * " + argument + " - "), argument + " in\n" + text);
    }
    List<Example> examples = examples(text);
    assertFalse(examples.isEmpty(), text);
    assertAll(
        examples.stream()
            .map(e -> () -> assertEquals(e.result(), String.join("\n", shown(e.sql())), e.sql())));
  }

  private static String usage(String name) {
    String required = call(name, required(name));
    return CALLS.get(name).contains("kind")
        ? required.substring(0, required.length() - 1) + "[, kind])"
        : required;
  }

  private record Example(String sql, String result) {}

  /** {@code > SELECT ...;} over one or several lines, then the result. */
  private static List<Example> examples(String text) {
    String body = text.split("Examples:\n", 2)[1].split("\n    \n|\n    Note:", 2)[0];
    return Arrays.stream(body.split("(^|\n)      > "))
        .filter(part -> !part.isBlank())
        .map(part -> part.split(";\n", 2))
        .map(part -> new Example(part[0], part[1].strip()))
        .toList();
  }

  /** As the {@code spark-sql} shell prints it. */
  static List<String> shown(String text) {
    return CollectionConverters.asJava(
        HiveResult.hiveResultString(sql(text).queryExecution().executedPlan()));
  }

  /** As of any function of Spark: what was called, with what, and nothing of how it is done. */
  @ParameterizedTest
  @MethodSource("names")
  void columnsAndErrorsHaveTheNamesOfTheFunctions(String name) {
    String call = call(name, CALLS.get(name));
    String from = " FROM %s %s".formatted(TENSOR, groupBy(call));
    assertEquals(call, sql("SELECT " + call + from).columns()[0]);
    String nested = call.replace("tokens", "CAST(tokens AS INT)").replace("payload", "(payload)");
    assertEquals(
        call.replace("tokens", "CAST(tokens AS INT)").toLowerCase(Locale.ROOT),
        sql("SELECT " + nested + from).columns()[0].toLowerCase(Locale.ROOT));
    if (name.equals("kv_join_blocks")) {
      return; // which Spark filters itself
    }
    AnalysisException filtered =
        assertThrows(
            AnalysisException.class, () -> sql("SELECT " + call + " FILTER (WHERE true)" + from));
    assertTrue(filtered.getMessage().contains("`" + name + "`"), filtered.getMessage());
    AnalysisException distinct =
        assertThrows(
            AnalysisException.class, () -> sql("SELECT " + call.replace("(", "(DISTINCT ") + from));
    assertTrue(distinct.getMessage().contains("`" + name + "`"), distinct.getMessage());
  }

  /** What docs/sql.md says of {@code FILTER} and {@code OVER}. */
  @ParameterizedTest
  @MethodSource("names")
  void oneOfThemGoesOverWindows(String name) {
    String query =
        "SELECT %s OVER (PARTITION BY spec) AS r FROM %s"
            .formatted(call(name, CALLS.get(name)), TENSOR);
    if (name.equals("kv_join_blocks")) {
      assertEquals("r", sql(query).columns()[0]);
      String filter = query.replace("OVER (PARTITION BY spec)", "FILTER (WHERE tokens > 1)");
      assertEquals("r", sql(filter).columns()[0]);
    } else {
      assertThrows(AnalysisException.class, () -> sql(query).columns(), query);
    }
  }

  /** What docs/sql.md says of views. */
  @Test
  void temporaryViewsTakeThem() {
    String view = "VIEW of_kv_effective_bits AS SELECT kv_effective_bits(8, 2, 1, 2) AS bits";
    AnalysisException e = assertThrows(AnalysisException.class, () -> sql("CREATE " + view));
    assertEquals("INVALID_TEMP_OBJ_REFERENCE", e.getCondition());
    sql("CREATE TEMPORARY " + view);
    assertEquals(16.0, sql("TABLE of_kv_effective_bits").collectAsList().get(0).getDouble(0));
    sql("DROP VIEW of_kv_effective_bits");
  }

  /** As of {@code abs(expr => -1)}; the names are for people. */
  @ParameterizedTest
  @MethodSource("names")
  void argumentsHaveNoNamesInSql(String name) {
    List<String> arguments = CALLS.get(name);
    String last = arguments.get(arguments.size() - 1);
    for (List<String> named :
        List.of(
            with(arguments, last, last + " => " + last),
            arguments.stream().map(a -> a + " => " + a).toList())) {
      AnalysisException e =
          assertThrows(AnalysisException.class, () -> value(call(name, named)), name + named);
      assertEquals("NAMED_PARAMETERS_NOT_SUPPORTED", e.getCondition());
      assertTrue(e.getMessage().contains("`" + name + "`"), e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '=',
      value = {
        "kv_rd_limit(payload, dtype, 2Y, 1S, 2L, 1.25) = kv_rd_limit(payload, dtype, 2L, 1L, 2L, 1.25D)",
        "kv_rd_limit(payload, dtype, tokens, heads, head_dim, 2) = kv_rd_limit(payload, dtype, 2L, 1L, 2L, 2D)",
        "kv_rd_limit(payload, dtype, tokens, heads, head_dim, 1.25F) = kv_rd_limit(payload, dtype, 2L, 1L, 2L, 1.25D)",
        "kv_effective_bits(1.25, 2Y, 1S, 2L) = 2.5D",
        "kv_effective_bits(8, tokens, heads, head_dim) = 16D",
        "kv_effective_bits(8, 2BD, 1, CAST(2 AS DECIMAL(20))) = 16D",
        "kv_roundtrip(payload, dtype, 2Y, 1S, 2L, spec).nmse = kv_roundtrip(payload, dtype, 2L, 1L, 2L, spec).nmse",
        "hex(kv_decode(block, 'F32', 2Y, 1S, 2L, 'rtn(bits' || CHR(61) || '2)')) = hex(kv_decode(block, 'f32', 2L, 1L, 2L, spec))",
        "kv_rd_limit_blocks(0Y, payload, dtype, 2Y, 1S, 2L, 1.25) = any_value(kv_rd_limit(payload, dtype, 2L, 1L, 2L, 1.25D))",
        "hex(kv_join_blocks(0S, payload, dtype, 2Y, 1S, 2L).payload) = hex(any_value(payload))"
      })
  void numbersAreWidened(String call, String expected) {
    Row row = sql("SELECT %s, %s FROM %s".formatted(call, expected, TENSOR)).collectAsList().get(0);
    assertNotNull(row.get(0));
    assertEquals(row.get(1), row.get(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '=',
      value = {
        "kv_effective_bits(100, 1.9, 1, 2) = kv_effective_bits: tokens is of type DECIMAL(2,1), expected an integer: cast it, if that is what you mean",
        "kv_effective_bits(100, 2, 1D, 2) = kv_effective_bits: heads is of type DOUBLE, expected an integer",
        "kv_effective_bits(100, 2, 1, '2') = kv_effective_bits: head_dim is of type STRING, expected an integer",
        "kv_spectrum(payload, dtype, tokens / 2, heads, head_dim) = kv_spectrum: tokens is of type DOUBLE",
        "kv_join_blocks(0.5, payload, dtype, tokens, heads, head_dim) = kv_join_blocks: token_start is of type DECIMAL(1,1)",
        "kv_spectrum_blocks(0F, payload, dtype, tokens, heads, head_dim) = kv_spectrum_blocks: token_start is of type FLOAT",
        "kv_spectrum('abcdefgh', dtype, tokens, heads, head_dim) = kv_spectrum: payload is of type STRING, expected BINARY: cast it, if that is what you mean",
        "kv_join_blocks(0, spec, dtype, tokens, heads, head_dim) = kv_join_blocks: payload is of type STRING, expected BINARY",
        "kv_spectrum_blocks(0, spec, dtype, tokens, heads, head_dim) = kv_spectrum_blocks: payload is of type STRING, expected BINARY",
        "kv_decode(spec, dtype, tokens, heads, head_dim, spec) = kv_decode: block is of type STRING, expected BINARY",
        "kv_spectrum(payload, 16, tokens, heads, head_dim) = kv_spectrum: dtype is of type INT, expected STRING: cast it, if that is what you mean",
        "kv_encode(payload, dtype, tokens, heads, head_dim, payload) = kv_encode: spec is of type BINARY, expected STRING",
        "kv_rd_limit(payload, dtype, tokens, heads, head_dim, '2') = kv_rd_limit: bits is of type STRING, expected a number"
      })
  void whatWouldBeCastToSomethingElseIsRefused(String call, String expected) {
    AnalysisException e = assertThrows(AnalysisException.class, () -> value(call));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}
