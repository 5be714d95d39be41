package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.method.Methods;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkRuntimeException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the SQL functions refuse, when, and in which words. */
class SqlSpecTest {
  private static final String AS_STORED = "SQL functions code one tensor as it is stored: ";

  private static Dataset<Row> sql(String text) {
    return TestSpark.session().sql(text);
  }

  /** A call over a table that no optimiser folds. */
  private static String call(String name, String spec) {
    String tokenStart = name.endsWith("_blocks") ? "id, " : "";
    return """
        SELECT %s(%sX'003C004000BC00C0', 'f16', 2, 1, 2, %s) AS r FROM range(0, 1, 1, 1) %s
        """
        .formatted(name, tokenStart, spec, tokenStart.isEmpty() ? "" : "GROUP BY 'g'");
  }

  private static AnalysisException refused(String name, String spec) {
    return assertThrows(
        AnalysisException.class,
        () -> sql(call(name, "'" + spec + "'")).queryExecution().analyzed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rtn(bits=2,rope=pre); names a rotary stage (column 12); leave rope= out and the tensor is coded in the stage that it is stored in, or use kvsweep sweep, which rotates",
        "hadamard | kivi(bits=2,rope=post); names a rotary stage (column 24); leave rope= out and the tensor is coded in the stage that it is stored in, or use kvsweep sweep, which rotates",
        "knorm(budget=0.2) | rtn(bits=4); selects tokens, which takes queries and a whole prompt; name the codec right of the '|' alone, or use kvsweep sweep",
        "aqua(bits=2); codes all layers together, with predictors calibrated for the model; use kvsweep calibrate and kvsweep sweep --artefacts",
        "external(dir=elsewhere); reads tensors that were coded elsewhere; use kvsweep sweep",
        "rtn(bits=[2,4]); is a grid of 2 methods; name one of them: [rtn(bits=2,axis=token,group=0,symmetric=false,rope=pre), rtn(bits=4,axis=token,group=0,symmetric=false,rope=pre)]",
        "pair(key=none,value=rtn(bits=4)); codes keys and values differently; call the function with the one or the other",
      })
  void whatNeedsMoreThanTheTensorIsAnErrorOfAnalysis(String spec, String problem, String remedy) {
    String escaped = spec.replace("'", "''");
    String text = "'" + spec + "' " + problem + "; " + AS_STORED + remedy;
    for (String name : List.of("kv_roundtrip", "kv_encode", "kv_decode", "kv_roundtrip_blocks")) {
      AnalysisException e = refused(name, escaped);
      assertEquals("[USER_RAISED_EXCEPTION] " + name + ": " + text + " SQLSTATE: P0001", first(e));
      assertInstanceOf(InvalidInputException.class, e.getCause());
    }
    // What is no literal is found when the first row comes, in the same words.
    String late = "IF(id < 9, '%s', 'none')".formatted(escaped);
    assertEquals("kv_roundtrip: " + text, failure(call("kv_roundtrip", late)));
  }

  /** The message without the line and column of the query that Spark puts behind it. */
  private static String first(AnalysisException e) {
    return e.getMessage().split("; line 1 pos", 2)[0];
  }

  @Test
  void whatDoesNotExistIsAnErrorOfAnalysisThatListsWhatDoes() {
    // Selectors, aqua, external and pair are refused when they are named.
    Set<String> refused = Set.of("streaming", "shadowkv", "knorm", "random", "aqua", "external");
    String methods =
        Methods.STANDARD.methods().stream()
            .map(m -> m.name())
            .filter(name -> !refused.contains(name))
            .collect(Collectors.joining(", "));
    assertTrue(
        refused("kv_encode", "nope")
            .getMessage()
            .contains(
                "kv_encode: invalid method 'nope', column 1: unknown method 'nope': expected one of "
                    + methods
                    + " SQLSTATE: P0001"));
    assertTrue(
        refused("kv_roundtrip", "rtn(bits=9)")
            .getMessage()
            .contains("invalid bits=9: expected 1 to 8"));
    assertTrue(
        refused("kv_roundtrip", "rtn(bits=2")
            .getMessage()
            .contains("column 11: expected ')' at the end"));
    assertTrue(
        refused("kv_roundtrip", "svdq(bits=2,grup=7)")
            .getMessage()
            .contains("unknown parameter 'grup' of svdq: expected one of bits,"));
    assertTrue(refused("kv_roundtrip", "rtn(bits=2,rope=pre)").line().isDefined());
  }

  /** Whatever has a value without a row is checked before one comes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'rtn(bits=2' || ',rope=pre)'",
        "concat('rtn(bits=', 2, ',rope=pre)')",
        "CAST('rtn(bits=2,rope=pre)' AS STRING)",
        "IF(1 < 2, 'rtn(bits=2,rope=pre)', 'none')",
        "nvl(NULL, 'rtn(bits=2,rope=pre)')",
        "left(nvl2(1, 'rtn(bits=2,rope=pre)--', 'none'), 20)"
      })
  void whatHasAValueIsAnErrorOfAnalysis(String spec) {
    for (String name : List.of("kv_roundtrip", "kv_decode", "kv_encode_blocks")) {
      AnalysisException e =
          assertThrows(
              AnalysisException.class, () -> sql(call(name, spec)).queryExecution().analyzed());
      assertTrue(
          e.getMessage()
              .contains(name + ": 'rtn(bits=2,rope=pre)' names a rotary stage (column 12)"),
          e.getMessage());
    }
  }

  @Test
  void kindsAreKeyAndValue() {
    AnalysisException e = refused("kv_roundtrip", "none', 'query");
    assertTrue(
        e.getMessage().contains("kv_roundtrip: kind is 'query', expected key or value"),
        e.getMessage());
    assertEquals(
        "kv_encode: kind is 'Key', expected key or value",
        failure(call("kv_encode", "'none', IF(id < 9, 'Key', 'key')")));
  }

  /** What a task found comes to the user as the error of SQL itself, not as a failed job. */
  private static SparkRuntimeException raised(String text) {
    SparkRuntimeException raised =
        assertThrows(SparkRuntimeException.class, () -> sql(text).collectAsList());
    assertEquals("USER_RAISED_EXCEPTION", raised.getCondition());
    assertNotNull(raised.getCause());
    return raised;
  }

  private static String failure(String text) {
    return raised(text).getMessageParameters().get("errorMessage");
  }

  private static String tensor(String arguments) {
    return "SELECT kv_spectrum(%s) FROM VALUES (X'003C004000BC00C0') AS t(p)".formatted(arguments);
  }

  @Test
  void wrongValuesHaveOurMessage() {
    assertEquals(
        "kv_spectrum: payload has 8 bytes, shape [3, 1, 2] of f16 needs 12",
        failure(tensor("p, 'f16', 3, 1, 2")));
    assertEquals(
        "kv_spectrum: unknown dtype 'i8': expected f16, bf16 or f32; convert the tensor first",
        failure(tensor("p, 'i8', 2, 1, 2")));
    assertEquals(
        "kv_spectrum: invalid shape [0, 1, 2]: tokens, heads and head dimension must be at least 1",
        failure(tensor("p, 'f16', 0, 1, 2")));
    assertEquals(
        "kv_spectrum: invalid shape [2147483648, 1, 2]: none of them can be beyond 2147483647",
        failure(tensor("p, 'f16', 2147483648, 1, 2")));
    assertTrue(
        failure(tensor("p, 'f16', 2147483647, 2147483647, 2"))
            .contains("more than 2^31 - 9 values"));
    assertEquals(
        "kv_spectrum: payload: value 1 is NaN, expected finite numbers",
        failure(tensor("X'003C007E00BC00C0', 'f16', 2, 1, 2")));
    assertEquals(
        "kv_effective_bits: total_bytes is -1.0, expected a number of bytes from 0",
        failure("SELECT kv_effective_bits(-id, 2, 1, 2) FROM range(1, 2)"));
    assertEquals(
        "kv_rd_limit: bits is NaN, expected a rate in bits per value from 0",
        failure(
            "SELECT kv_rd_limit(p, 'f16', 2, 1, 2, DOUBLE('NaN')) FROM VALUES (X'003C004000BC00C0') AS t(p)"));
  }

  private static String decode(String block, String dtype, String spec) {
    return """
        SELECT kv_decode(%s, '%s', 1, 1, 2, '%s')
        FROM (SELECT kv_encode(p, 'f32', 1, 1, 2, 'none') AS b FROM VALUES (X'0000803FCA24CB71') AS t(p))
        """
        .formatted(block, dtype, spec);
  }

  @Test
  void damagedBlocksAreErrorsWithTheByte() {
    SparkRuntimeException e = raised(decode("overlay(b PLACING X'FF' FROM 50)", "f32", "none"));
    assertTrue(
        e.getMessage()
            .startsWith("[USER_RAISED_EXCEPTION] kv_decode: malformed block at byte 44: checksum "),
        e.getMessage());
    assertEquals(44, assertInstanceOf(MalformedBlockException.class, e.getCause()).offset());
    assertEquals(
        "kv_decode: malformed block at byte 7: 7 bytes, a header has 48",
        failure(decode("substr(b, 1, 7)", "f32", "none")));
    assertEquals(
        "kv_decode: malformed block at byte 8: written by codec 'NONE', expected 'RTN1'",
        failure(decode("b", "f32", "rtn(bits=2)")));
    assertEquals(
        "kv_decode: malformed block at byte 12: written with other parameters than 'none(dtype=f32)'",
        failure(decode("b", "f32", "none(dtype=f32)")));
    assertEquals(
        "kv_decode: malformed block at byte 16: holds shape [1, 1, 2], expected [2, 1, 2]",
        failure(decode("b", "f32", "none").replace("1, 1, 2, 'none')\n", "2, 1, 2, 'none')\n")));
    // 2.012e30: float32 and bfloat16 hold it, binary16 does not.
    assertEquals(
        "kv_decode: decoded value 1 becomes Infinity in f16: ask for bf16 or f32, which hold more",
        failure(decode("b", "f16", "none")));
    assertEquals(1, sql(decode("b", "bf16", "none")).collectAsList().size());
  }

  @Test
  void aTensorThatAMethodCannotHoldIsAnError() {
    assertTrue(
        failure(
                "SELECT kv_encode(p, 'f32', 1, 1, 2, 'none(dtype=f16)') FROM VALUES (X'0000803FCA24CB71') AS t(p)")
            .startsWith("kv_encode: value 1 is 2.0118"));
  }

  private static String blocks(String rows) {
    return "SELECT kv_spectrum_blocks(s, p, t, n, 1, 2) FROM VALUES %s AS blocks(s, p, t, n)"
        .formatted(rows);
  }

  @Test
  void blocksThatDoNotFitTogetherAreErrors() {
    String regroup = ": group by model, prompt, layer and kind";
    String two = "X'003C004000BC00C0'";
    assertEquals(
        "kv_join_blocks: blocks overlap: the next block after token 1 begins at token_start 1, expected 2"
            + regroup
            + ", and leave no block out",
        failure(blocks("(1, %1$s, 'f16', 2), (0, %1$s, 'f16', 2)".formatted(two))));
    assertEquals(
        "kv_join_blocks: blocks leave a gap: the next block after token 1 begins at token_start 3, expected 2"
            + regroup
            + ", and leave no block out",
        failure(blocks("(3, %1$s, 'f16', 2), (0, %1$s, 'f16', 2)".formatted(two))));
    assertEquals(
        "kv_join_blocks: the block at token_start 2 is 1 heads x 2 channels f32, the one at 0 is 1 x 2 f16"
            + regroup,
        failure(blocks("(2, %1$s, 'f32', 1), (0, %1$s, 'f16', 2)".formatted(two))));
    assertEquals(
        "kv_join_blocks: payload has 8 bytes, shape [3, 1, 2] of f16 needs 12",
        failure(blocks("(0, %s, 'f16', 3)".formatted(two))));
    assertEquals(
        "kv_join_blocks: token_start -2 of 2 tokens: positions go from 0 to 2147483646",
        failure(blocks("(-2, %s, 'f16', 2)".formatted(two))));
  }

  /** Of several partitions, so that parts of groups meet. */
  private static Dataset<Row> scattered(String rows) {
    return sql("SELECT * FROM VALUES %s AS blocks(s, p)".formatted(rows)).repartition(3);
  }

  private static final String JOIN = "kv_join_blocks(s, p, 'f16', 1, 1, 2)";

  @Test
  void partsOfAGroupMeet() {
    Row joined =
        scattered("(1, X'00BC00C0'), (0, X'003C0040'), (2, X'00000000')")
            .selectExpr("hex(" + JOIN + ".payload)")
            .collectAsList()
            .get(0);
    assertEquals("003C004000BC00C000000000", joined.getString(0));
    Row withNull =
        scattered("(1, X'00BC00C0'), (0, NULL), (2, X'00000000')")
            .selectExpr(JOIN)
            .collectAsList()
            .get(0);
    assertNull(withNull.get(0));
    SparkRuntimeException twice =
        assertThrows(
            SparkRuntimeException.class,
            () ->
                scattered("(1, X'00BC00C0'), (0, X'003C0040'), (1, X'00BC00C0')")
                    .selectExpr(JOIN)
                    .collectAsList());
    assertTrue(
        twice
            .getMessage()
            .contains(
                "kv_join_blocks: blocks overlap: the next block after token 1 begins at token_start 1, expected 2"),
        twice.getMessage());
  }

  @Test
  void aGroupWithoutRowsIsNull() {
    for (String call : List.of(JOIN, "kv_spectrum_blocks(s, p, 'f16', 1, 1, 2)")) {
      List<Row> rows =
          scattered("(1, X'00BC00C0')").where("s > 1").selectExpr(call).collectAsList();
      assertEquals(1, rows.size());
      assertNull(rows.get(0).get(0), call);
    }
  }

  @Test
  void labelsOfOneFormatMayDifferInCase() {
    Row row =
        sql(blocks("(1, X'00BC00C0', 'F16', 1), (0, X'003C0040', 'f16', 1)"))
            .collectAsList()
            .get(0);
    assertEquals(2, row.getList(0).size());
  }

  /** No array holds it, and none has to. */
  @Test
  void bitsAreOfAnyShape() {
    assertEquals(
        2.0,
        sql("SELECT kv_effective_bits(1048576L * 32 * 128 / 4, 1048576, 32, 128)")
            .collectAsList()
            .get(0)
            .getDouble(0));
    assertEquals(
        "kv_effective_bits: invalid shape [2, 0, 2]: tokens, heads and head dimension must be at least 1",
        failure("SELECT kv_effective_bits(100, id, 0, 2) FROM range(2, 3, 1, 1)"));
  }
}
