package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Path;
import java.util.List;
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
      List.of("svdq(bits=1.25)", "rtn(bits=2,axis=channel)", "kivi(bits=2,residual=32)", "none");

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
    bench.yaml("methods: ['" + methods + "']", "kinds: [key]", "prompts: [a]");
    SweepBench.Said said = bench.sweep("o");
    assertEquals(0, said.code(), said.err());
  }

  private static Dataset<Row> keys() {
    return TestSpark.session()
        .read()
        .parquet(bench.dataset() + "/tensors/*")
        .where("kind = 'key' AND prompt = 'a'");
  }

  private static Row select(Dataset<Row> tensors, String expression) {
    List<Row> rows = tensors.selectExpr(expression).collectAsList();
    assertEquals(1, rows.size());
    return rows.get(0);
  }

  private static ResultRow measured(String spec) {
    String name = spec.replaceAll("\\W.*", "");
    return bench.rows("o").values().stream()
        .filter(row -> row.get(ResultColumn.METHOD).equals(name))
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
    for (int i = 0; i < SPECS.size(); i++) {
      Row r = roundtrips.getStruct(i);
      assertEquals(
          SHARED.stream().map(ResultColumn::label).toList(), List.of(r.schema().fieldNames()));
      for (ResultColumn column : SHARED) {
        assertEquals(
            measured(SPECS.get(i)).get(column),
            r.<Object>getAs(column.label()),
            SPECS.get(i) + " " + column);
      }
    }
  }

  @Test
  void roundtripIsTheRowOfTheSweep() {
    assertMeasured(ofSpecs(keys(), "kv_roundtrip(payload, dtype, tokens, heads, head_dim, SPEC)"));
  }

  @Test
  void spectrumIsThatOfTheSpectra() {
    Row spectrum =
        TestSpark.session().read().parquet(bench.output("o") + "/spectra").collectAsList().get(0);
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
    // The others are functions of this aggregate, which Spark lets no filter into.
    Row head = joined(call + " FILTER (WHERE token_start < 60)").getStruct(1);
    assertEquals(60, head.<Integer>getAs("tokens"));
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
