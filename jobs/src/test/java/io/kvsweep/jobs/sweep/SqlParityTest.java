package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The SQL functions give the numbers that a sweep gives of the same tensors. */
class SqlParityTest {
  private static final List<String> SPECS =
      List.of(
          "svdq(bits=1.25)",
          "rtn(bits=2,axis=channel)",
          "kivi(bits=2,residual=32)",
          "none",
          "decoquant(bits=4,inner=2)",
          "higgs(bits=2)",
          "hadamard | rtn(bits=4)");

  /** Columns that `kv_roundtrip` and results share. */
  private static final List<ResultColumn> SHARED =
      List.of(
          ResultColumn.TOTAL_BYTES,
          ResultColumn.CODES_BYTES,
          ResultColumn.PARAMETERS_BYTES,
          ResultColumn.BASIS_BYTES,
          ResultColumn.EXACT_BYTES,
          ResultColumn.HEADER_BYTES,
          ResultColumn.NOMINAL_BITS,
          ResultColumn.EFFECTIVE_BITS,
          ResultColumn.COMPRESSION_RATIO,
          ResultColumn.NMSE,
          ResultColumn.SQNR_DB,
          ResultColumn.COSINE_MEAN,
          ResultColumn.MAX_ABS_ERROR);

  private static final String BLOCK = "token_start, payload, dtype, tokens, heads, head_dim";

  @TempDir static Path folder;

  private static SweepBench bench;

  /** A model without rotary embedding, so that no method of the sweep rotates. */
  @BeforeAll
  static void sweep() {
    TestSpark.session();
    bench =
        new SweepBench(folder)
            .with(SweepBench.small().layers(1).tokens(70).ropeTheta(OptionalDouble.empty()));
    String methods = String.join("', '", SPECS);
    bench.yaml("methods: ['" + methods + "']", "kinds: [key, value]", "prompts: [a]");
    SweepBench.Said said = bench.sweep("o");
    assertEquals(0, said.code(), said.err());
  }

  private static Dataset<Row> keys() {
    return tensors("key");
  }

  private static Dataset<Row> tensors(String kind) {
    return TestSpark.session()
        .read()
        .parquet(bench.dataset() + "/tensors/*")
        .where("kind = '" + kind + "' AND prompt = 'a'");
  }

  private static Row select(Dataset<Row> tensors, String expression) {
    List<Row> rows = tensors.selectExpr(expression).collectAsList();
    assertEquals(1, rows.size());
    return rows.get(0);
  }

  private static ResultRow measured(String spec) {
    return measured(spec, "key");
  }

  private static ResultRow measured(String spec, String kind) {
    String canonical = Methods.STANDARD.expand(spec).get(0).key();
    return bench.rows("o").values().stream()
        .filter(row -> row.get(ResultColumn.METHOD_SPEC).equals(canonical))
        .filter(row -> row.get(ResultColumn.KIND).equals(kind))
        .findFirst()
        .orElseThrow();
  }

  /** A call for each of the specifications, in one query. */
  private static Row ofSpecs(Dataset<Row> tensors, String call) {
    List<Row> rows =
        tensors
            .selectExpr(
                SPECS.stream()
                    .map(spec -> call.replace("SPEC", "'" + spec + "'"))
                    .toArray(String[]::new))
            .collectAsList();
    assertEquals(1, rows.size());
    return rows.get(0);
  }

  private static void assertMeasured(Row roundtrips) {
    assertMeasured(roundtrips, "key");
  }

  private static void assertMeasured(Row roundtrips, String kind) {
    for (int i = 0; i < SPECS.size(); i++) {
      Row r = roundtrips.getStruct(i);
      assertEquals(
          SHARED.stream().map(ResultColumn::label).toList(), List.of(r.schema().fieldNames()));
      for (ResultColumn column : SHARED) {
        assertEquals(
            measured(SPECS.get(i), kind).get(column),
            r.<Object>getAs(column.label()),
            SPECS.get(i) + " " + column);
      }
    }
  }

  @Test
  void roundtripIsTheRowOfTheSweep() {
    assertMeasured(ofSpecs(keys(), "kv_roundtrip(payload, dtype, tokens, heads, head_dim, SPEC)"));
  }

  /** Methods that treat values otherwise, kivi among them. */
  @Test
  void valuesAreThoseOfTheSweep() {
    String call = "kv_roundtrip(payload, dtype, tokens, heads, head_dim, SPEC, kind)";
    assertMeasured(ofSpecs(tensors("value"), call), "value");
    assertMeasured(ofSpecs(keys(), call), "key");
    Row asKey = ofSpecs(tensors("value"), call.replace(", kind)", ")"));
    int kivi = SPECS.indexOf("kivi(bits=2,residual=32)");
    assertNotEquals(
        measured(SPECS.get(kivi), "value").get(ResultColumn.NMSE),
        asKey.getStruct(kivi).<Object>getAs("nmse"));
    Row blocks =
        select(
            tensors("value"),
            """
            struct(kv_roundtrip_blocks(%1$s, '%2$s', 'value').nmse,
                octet_length(kv_encode_blocks(%1$s, '%2$s', 'value')),
                octet_length(any_value(kv_encode(payload, dtype, tokens, heads, head_dim, '%2$s', kind))))
            """
                .formatted(BLOCK, SPECS.get(kivi)));
    ResultRow row = measured(SPECS.get(kivi), "value");
    assertEquals(row.get(ResultColumn.NMSE), blocks.getStruct(0).get(0));
    assertEquals(row.get(ResultColumn.TOTAL_BYTES), (long) blocks.getStruct(0).getInt(1));
    assertEquals(row.get(ResultColumn.TOTAL_BYTES), (long) blocks.getStruct(0).getInt(2));
  }

  /** Where Spark generates no code, as it does not for very wide tables. */
  @Test
  void interpretedTheyGiveTheSame() {
    Map<String, String> settings =
        Map.of(
            "spark.sql.codegen.factoryMode", "NO_CODEGEN", "spark.sql.codegen.wholeStage", "false");
    Row whole = select(keys(), "kv_spectrum(payload, dtype, tokens, heads, head_dim)");
    settings.forEach((key, value) -> TestSpark.session().conf().set(key, value));
    try {
      assertMeasured(
          ofSpecs(keys(), "kv_roundtrip(payload, dtype, tokens, heads, head_dim, SPEC)"));
      assertMeasured(
          ofSpecs(
              tensors("value"),
              "kv_roundtrip(payload, dtype, tokens, heads, head_dim, SPEC, kind)"),
          "value");
      assertMeasured(ofSpecs(blocks(), "kv_roundtrip_blocks(" + BLOCK + ", SPEC)"));
      assertArrayEquals(
          doubles(whole.getList(0)),
          doubles(
              select(keys(), "kv_spectrum(payload, dtype, tokens, heads, head_dim)").getList(0)));
      assertTrue(
          select(
                  keys(),
                  """
                  payload = kv_decode(kv_encode(payload, dtype, tokens, heads, head_dim, 'none'),
                      dtype, tokens, heads, head_dim, 'none')
                  """)
              .getBoolean(0));
    } finally {
      settings.keySet().forEach(TestSpark.session().conf()::unset);
    }
  }

  @Test
  void spectrumIsThatOfTheSpectra() {
    Row spectrum =
        TestSpark.session()
            .read()
            .parquet(bench.output("o") + "/spectra")
            .where("kind = 'key'")
            .collectAsList()
            .get(0);
    double[] expected = doubles(spectrum.getList(spectrum.fieldIndex("singular_values")));
    assertEquals(16, expected.length);
    assertTrue(expected[0] > expected[15]);
    Row r = select(keys(), "kv_spectrum(payload, dtype, tokens, heads, head_dim)");
    assertArrayEquals(expected, doubles(r.getList(0)));
  }

  private static double[] doubles(List<?> values) {
    return values.stream().mapToDouble(value -> (Double) value).toArray();
  }

  @Test
  void limitIsThatOfTheResults() {
    for (String spec : SPECS) {
      ResultRow row = measured(spec);
      Row r =
          select(
                  keys(),
                  """
                  struct(kv_rd_limit(payload, dtype, tokens, heads, head_dim, DOUBLE('%s')),
                      kv_effective_bits(%s, tokens, heads, head_dim))
                  """
                      .formatted(
                          row.get(ResultColumn.EFFECTIVE_BITS), row.get(ResultColumn.TOTAL_BYTES)))
              .getStruct(0);
      assertEquals(row.get(ResultColumn.RD_LIMIT_NMSE), r.getDouble(0), spec);
      assertEquals(row.get(ResultColumn.EFFECTIVE_BITS), r.getDouble(1), spec);
    }
  }

  /** The same tensor in blocks of 30, 30 and 10 tokens, in a shuffled order. */
  private static Dataset<Row> blocks() {
    return keys()
        .selectExpr("*", "explode(array(30, 0, 60)) AS start", "heads * head_dim * 2 AS row_bytes")
        .selectExpr(
            "model",
            "token_start + start AS token_start",
            "LEAST(30, tokens - start) AS tokens",
            "heads",
            "head_dim",
            "dtype",
            "substring(payload, 1 + start * row_bytes, 30 * row_bytes) AS payload")
        .repartition(3);
  }

  private static Row joined(String call) {
    List<Row> rows = blocks().groupBy("model").agg(functions.expr(call)).collectAsList();
    assertEquals(1, rows.size());
    return rows.get(0);
  }

  @Test
  void aggregatesOverBlocksGiveWhatTheWholeTensorGives() {
    assertEquals(3, blocks().count());
    assertMeasured(ofSpecs(blocks(), "kv_roundtrip_blocks(" + BLOCK + ", SPEC)"));
    Row lengths = ofSpecs(blocks(), "octet_length(kv_encode_blocks(" + BLOCK + ", SPEC))");
    for (int i = 0; i < SPECS.size(); i++) {
      assertEquals(measured(SPECS.get(i)).get(ResultColumn.TOTAL_BYTES), (long) lengths.getInt(i));
    }
    Row whole = select(keys(), "kv_spectrum(payload, dtype, tokens, heads, head_dim)");
    assertArrayEquals(
        doubles(whole.getList(0)), doubles(joined("kv_spectrum_blocks(" + BLOCK + ")").getList(1)));
    ResultRow svdq = measured(SPECS.get(0));
    assertEquals(
        svdq.get(ResultColumn.RD_LIMIT_NMSE),
        joined(
                "kv_rd_limit_blocks(%s, DOUBLE('%s'))"
                    .formatted(BLOCK, svdq.get(ResultColumn.EFFECTIVE_BITS)))
            .getDouble(1));
  }

  @Test
  void aggregatesOverOneBlockAreTheFunctionsOfARow() {
    String spec = "'svdq(bits=1.25)'";
    assertEquals(
        select(keys(), "kv_roundtrip(payload, dtype, tokens, heads, head_dim, " + spec + ")")
            .get(0),
        select(keys(), "kv_roundtrip_blocks(" + BLOCK + ", " + spec + ")").get(0));
  }

  @Test
  void joinedBlocksAreTheTensor() {
    Row whole = select(keys(), "struct(token_start, payload, dtype, tokens, heads, head_dim)");
    String call = "kv_join_blocks(" + BLOCK + ")";
    Row joined = joined(call);
    assertEquals(
        List.of(whole.getStruct(0).schema().fieldNames()),
        List.of(joined.getStruct(1).schema().fieldNames()));
    for (String field : whole.getStruct(0).schema().fieldNames()) {
      Object expected = whole.getStruct(0).getAs(field);
      if (expected instanceof byte[] payload) {
        assertArrayEquals(payload, joined.getStruct(1).getAs(field));
      } else {
        assertEquals(expected, joined.getStruct(1).getAs(field));
      }
    }
    // The others are functions of this aggregate, which Spark lets no filter into. A group that
    // ends early, or begins late, is a tensor, too; the result tells which tokens it has.
    Row head = joined(call + " FILTER (WHERE token_start < 60)").getStruct(1);
    assertEquals(60, head.<Integer>getAs("tokens"));
    Row tail = joined(call + " FILTER (WHERE token_start >= 60)").getStruct(1);
    assertEquals(
        whole.getStruct(0).<Integer>getAs("token_start") + 60, tail.<Integer>getAs("token_start"));
    assertEquals(10, tail.<Integer>getAs("tokens"));
  }

  /** One group in memory at a time: what docs/sql.md says to set. */
  @Test
  void sortedAggregationGivesTheSame() {
    String setting = "spark.sql.execution.useObjectHashAggregateExec";
    String call = "kv_roundtrip_blocks(" + BLOCK + ", 'rtn(bits=2,axis=channel)')";
    Object hashed = joined(call).get(1);
    TestSpark.session().conf().set(setting, "false");
    try {
      Dataset<Row> sorted = blocks().groupBy("model").agg(functions.expr(call));
      assertTrue(sorted.queryExecution().executedPlan().toString().contains("SortAggregate"));
      assertEquals(hashed, joined(call).get(1));
    } finally {
      TestSpark.session().conf().unset(setting);
    }
  }

  /** 20,000 tokens of 512 channels in f16 are 20 MB, two blocks of a dataset. */
  @Test
  @EnabledIfSystemProperty(named = "kvsweep.full", matches = "true")
  void aLayerBeyondOneBlockIsTheRowOfTheSweep(@TempDir Path large) {
    SweepBench two =
        new SweepBench(large)
            .with(
                SweepBench.small()
                    .prompts(List.of("a"))
                    .layers(1)
                    .tokens(20_000)
                    .kvHeads(8)
                    .queryHeads(8)
                    .headDim(64)
                    .ropeTheta(OptionalDouble.empty()));
    two.yaml("methods: ['svdq(bits=1.25)', 'rtn(bits=2,axis=channel)']", "kinds: [key]");
    assertEquals(0, two.sweep("o").code());
    Dataset<Row> keys =
        TestSpark.session().read().parquet(two.dataset() + "/tensors/*").where("kind = 'key'");
    assertEquals(2, keys.count());
    two.rows("o")
        .values()
        .forEach(
            row -> {
              String spec =
                  row.get(ResultColumn.METHOD).equals("rtn") ? SPECS.get(1) : SPECS.get(0);
              Row r =
                  select(keys, "kv_roundtrip_blocks(%s, '%s')".formatted(BLOCK, spec)).getStruct(0);
              for (ResultColumn column : SHARED) {
                assertEquals(row.get(column), r.<Object>getAs(column.label()), spec + column);
              }
            });
  }

  @Test
  void decodedPayloadsGoOnIntoOtherFunctions() {
    for (String spec : SPECS) {
      Row r =
          select(
                  keys()
                      .selectExpr(
                          "*",
                          "kv_encode(payload, dtype, tokens, heads, head_dim, '"
                              + spec
                              + "') AS block")
                      .selectExpr(
                          "*",
                          "kv_decode(block, 'f32', tokens, heads, head_dim, '"
                              + spec
                              + "') AS decoded"),
                  """
              struct(octet_length(block) AS bytes, octet_length(decoded) AS decoded,
                  kv_roundtrip(decoded, 'f32', tokens, heads, head_dim, 'none').nmse AS again)
              """)
              .getStruct(0);
      assertEquals(measured(spec).get(ResultColumn.TOTAL_BYTES), (long) r.getInt(0), spec);
      assertEquals(70 * 16 * 4, r.getInt(1));
      assertEquals(0.0, r.getDouble(2));
    }
    // Without loss the payload comes back to the bit.
    Row same =
        select(
            keys(),
            """
            payload = kv_decode(kv_encode(payload, dtype, tokens, heads, head_dim, 'none'),
                dtype, tokens, heads, head_dim, 'none')
            """);
    assertTrue(same.getBoolean(0));
  }
}
