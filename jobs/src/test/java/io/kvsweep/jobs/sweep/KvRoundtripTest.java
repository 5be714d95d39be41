package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.PromptKey;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kv_roundtrip} over the Parquet of a dataset. */
class KvRoundtripTest {
  private static final String SQL_NAME = "kv_roundtrip";

  @TempDir static Path folder;

  private static SweepBench bench;

  @BeforeAll
  static void dataset() {
    TestSpark.session();
    bench = new SweepBench(folder).with(SweepBench.small());
    bench.with(SweepBench.small().model("brain").dtype(DType.BF16));
  }

  private static Dataset<Row> sql(String arguments) {
    return TestSpark.session()
        .sql(
            """
            SELECT model, prompt, layer, kind, kv_roundtrip(%s) AS r
            FROM parquet.`%s/tensors/*/*.parquet` WHERE kind <> 'query'
            """
                .formatted(arguments, bench.dataset()));
  }

  private static Dataset<Row> withSpec(String spec) {
    return sql("payload, dtype, tokens, heads, head_dim, '" + spec + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "none(dtype=bf16)",
        "rtn(bits=2)",
        "rtn(bits=3,axis=channel,group=16,symmetric=true)",
        "kivi(bits=2,group=8,residual=16)",
        "svdq(bits=1.25)",
        "svdq(schedule=8-4-2-1-1-0-0-0,group=0,levels=endpoints)"
      })
  void isTheCodecItself(String spec) {
    TensorReader reader = TensorReader.open(bench.dataset().toString(), SweepBench.CONF);
    TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
    List<Row> rows = withSpec(spec).collectAsList();
    assertEquals(2 * 2 * 2 * 2, rows.size());
    for (Row row : rows) {
      KvTensor tensor =
          reader.read(
              new PromptKey(row.getString(0), row.getString(1)),
              row.getInt(2),
              TensorKind.of(row.getString(3)));
      KvTensor bare =
          new KvTensor(
              TensorKind.KEY, tensor.shape(), tensor.dtype(), RopeStage.NONE, 0, tensor.data());
      byte[] block = codec.encode(new TensorView(bare, Optional.empty()));
      float[] decoded = codec.decode(block, tensor.shape()).data();
      Row r = row.getStruct(4);
      assertEquals((long) block.length, r.<Long>getAs("total_bytes"));
      assertEquals(8.0 * block.length / (40 * 16), r.<Double>getAs("effective_bits"));
      assertEquals(40 * 16 * 2.0 / block.length, r.<Double>getAs("compression_ratio"));
      double worst = 0;
      for (int i = 0; i < decoded.length; i++) {
        worst = Math.max(worst, Math.abs((double) decoded[i] - tensor.data()[i]));
      }
      assertEquals(worst, r.<Double>getAs("max_abs_error"));
      double nmse = r.<Double>getAs("nmse");
      assertEquals(
          worst == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(nmse),
          r.<Double>getAs("sqnr_db"));
    }
  }

  @Test
  void nmseIsThatOfTheSweep() {
    bench.yaml("methods: ['rtn(bits=2,rope=pre)']", "kinds: [value]", "models: [small]");
    assertEquals(0, bench.sweep("o").code());
    bench
        .rows("o")
        .values()
        .forEach(
            row -> {
              Row r =
                  withSpec("rtn(bits=2)")
                      .where("kind = 'value' AND model = 'small'")
                      .where(
                          "prompt = '%s' AND layer = %s"
                              .formatted(row.get(ResultColumn.PROMPT), row.get(ResultColumn.LAYER)))
                      .collectAsList()
                      .get(0)
                      .getStruct(4);
              assertEquals(row.get(ResultColumn.NMSE), r.<Double>getAs("nmse"));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CAST(NULL AS BINARY), dtype, tokens, heads, head_dim, 'rtn(bits=2)'",
        "payload, NULL, tokens, heads, head_dim, 'rtn(bits=2)'",
        "payload, dtype, NULL, heads, head_dim, 'rtn(bits=2)'",
        "payload, dtype, tokens, heads, NULL, 'rtn(bits=2)'",
        "payload, dtype, tokens, heads, head_dim, NULL",
        "payload, dtype, tokens, heads, head_dim, IF(layer < 9, NULL, 'none')"
      })
  void nullInNullOut(String arguments) {
    for (Row row : sql(arguments).collectAsList()) {
      assertNull(row.get(4), row::toString);
    }
  }

  @Test
  void smallerIntegersAreWidened() {
    Row row =
        sql("payload, dtype, CAST(tokens AS SMALLINT), 2S, 8Y, 'none'").collectAsList().get(0);
    assertEquals(1.0, row.getStruct(4).<Double>getAs("compression_ratio"), 0.1);
  }

  @Test
  void isDescribed() {
    List<String> lines =
        TestSpark.session().sql("DESCRIBE FUNCTION EXTENDED kv_roundtrip").collectAsList().stream()
            .map(row -> row.getString(0))
            .toList();
    String text = String.join("\n", lines);
    assertTrue(
        text.contains(
            "kv_roundtrip(payload, dtype, tokens, heads, head_dim, spec) - encodes a stored tensor"),
        text);
    assertTrue(text.contains("Examples:"), text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "layer, dtype, tokens, heads, head_dim, 'none'",
        "payload, dtype, payload, heads, head_dim, 'none'",
        "payload, dtype, tokens, heads, array(1), 'none'",
        "payload, dtype, tokens, heads, head_dim",
        "payload, dtype, tokens, heads, head_dim, 'none', 7",
        ""
      })
  void wrongArgumentsAreErrorsOfAnalysis(String arguments) {
    AnalysisException e =
        assertThrows(AnalysisException.class, () -> sql(arguments).queryExecution().analyzed());
    assertTrue(e.getMessage().contains(SQL_NAME), e.getMessage());
  }

  private static String failure(String arguments) {
    Throwable e = assertThrows(Exception.class, () -> sql(arguments).collectAsList());
    InvalidInputException ours = null;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      ours = cause instanceof InvalidInputException invalid ? invalid : ours;
    }
    assertNotNull(ours, () -> "no message of ours in " + e);
    return ours.getMessage();
  }

  @Test
  void wrongValuesHaveOurMessage() {
    assertEquals(
        "kv_roundtrip: payload has 1280 bytes, shape [41, 2, 8] of f16 needs 1312",
        failure("payload, 'f16', tokens + 1, heads, head_dim, 'none'"));
    assertEquals(
        "kv_roundtrip: payload has 1280 bytes, shape [40, 2, 8] of f32 needs 2560",
        failure("payload, 'f32', tokens, heads, head_dim, 'none'"));
    assertEquals(
        "invalid method 'nope', column 1: unknown method 'nope': expected one of "
            + String.join(", ", Methods.STANDARD.methods().stream().map(m -> m.name()).toList())
            + " or pair",
        failure("payload, dtype, tokens, heads, head_dim, 'nope'"));
    assertTrue(
        failure("payload, dtype, tokens, heads, head_dim, 'rtn(bits=9)'")
            .contains("invalid bits=9: expected 1 to 8"));
    assertTrue(
        failure("payload, 'i8', tokens, heads, head_dim, 'none'")
            .contains("unknown dtype 'i8': expected f16, bf16 or f32"));
    assertTrue(failure("payload, dtype, 0, heads, head_dim, 'none'").contains("[0, 2, 8]"));
    assertTrue(failure("payload, dtype, -40, heads, head_dim, 'none'").contains("[-40, 2, 8]"));
    assertTrue(failure("payload, dtype, 2147483647, 2147483647, 2, 'none'").contains("2147483647"));
    assertTrue(
        failure("payload, dtype, tokens, heads, head_dim, 'rtn(bits=[2,4])'").contains("rtn"));
    assertTrue(
        failure("payload, dtype, tokens, heads, head_dim, 'pair(key=none,value=none)'")
            .contains("pair"));
  }
}
