package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.canonical.PromptKey;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.capture.CaptureWriter;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.linalg.WeightedSpectrum;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.QueryMoments;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures with second moments of queries and no queries, from file to published rows. */
class QueryMomentSweepTest {
  private static final int TOKENS = 70;
  private static final int HEADS = 2;
  private static final int GROUP = 3;
  private static final int D = 5;
  private static final int QUERIES = 32;
  private static final double SCALE = 0.3;
  private static final String METHOD = "rtn(bits=3,axis=channel)";

  @TempDir Path folder;

  private final SplittableRandom random = new SplittableRandom(4);

  /** Small integers, so that their moments over a power of two of queries are exact in float32. */
  private float[] queries() {
    float[] out = new float[QUERIES * HEADS * GROUP * D];
    for (int i = 0; i < out.length; i++) {
      out[i] = random.nextInt(-4, 6);
    }
    return out;
  }

  private static KvTensor moment(float[] queries) {
    int heads = HEADS * GROUP;
    float[] data = new float[D * heads * D];
    for (int q = 0; q < QUERIES; q++) {
      for (int h = 0; h < heads; h++) {
        int at = (q * heads + h) * D;
        for (int i = 0; i < D; i++) {
          for (int j = 0; j < D; j++) {
            data[(i * heads + h) * D + j] += queries[at + i] * queries[at + j] / QUERIES;
          }
        }
      }
    }
    TensorShape shape = new TensorShape(D, heads, D);
    return new KvTensor(TensorKind.QUERY_MOMENT, shape, DType.F32, RopeStage.NONE, 0, data);
  }

  private KvTensor cached(TensorKind kind) {
    float[] data = new float[TOKENS * HEADS * D];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) random.nextGaussian();
    }
    TensorShape shape = new TensorShape(TOKENS, HEADS, D);
    return new KvTensor(kind, shape, DType.F32, RopeStage.NONE, 11, data);
  }

  private static void write(Path file, Map<Integer, List<KvTensor>> layers) {
    ModelInfo model =
        new ModelInfo(
            "m",
            "A",
            HEADS * GROUP,
            HEADS,
            D,
            RopeStage.NONE,
            RopeStage.NONE,
            Optional.empty(),
            SCALE);
    PromptHead head = new PromptHead("m", "p", TOKENS, 11, OptionalInt.empty(), Map.of());
    CaptureWriter.write(file, new MemorySource(model, head, layers));
  }

  /** Every query against every key, in double, from what {@code reconstruct} wrote. */
  private static double[] plain(float[] queries, float[] exact, float[] decoded) {
    double[] squares = new double[HEADS];
    int heads = HEADS * GROUP;
    for (int h = 0; h < heads; h++) {
      for (int q = 0; q < QUERIES; q++) {
        double[] errors = new double[TOKENS];
        double mean = 0;
        for (int t = 0; t < TOKENS; t++) {
          for (int c = 0; c < D; c++) {
            int at = (t * HEADS + h / GROUP) * D + c;
            errors[t] +=
                SCALE * queries[(q * heads + h) * D + c] * ((double) decoded[at] - exact[at]);
          }
          mean += errors[t] / TOKENS;
        }
        for (double error : errors) {
          squares[h / GROUP] += (error - mean) * (error - mean) / TOKENS / QUERIES / GROUP;
        }
      }
    }
    return squares;
  }

  /** The reference under the queries themselves. */
  private static double limit(float[] queries, float[] keys, double bits) {
    TensorShape shape = new TensorShape(QUERIES, HEADS * GROUP, D);
    QueryMoments moments = QueryMoments.of(new Queries(shape, TOKENS, SCALE, queries), HEADS);
    float[] channels = Transpose.of(keys, TOKENS, HEADS * D);
    double[] energies =
        IntStream.range(0, HEADS)
            .mapToObj(
                h -> WeightedSpectrum.energies(moments.heads()[h], channels, TOKENS, h * D, D))
            .flatMapToDouble(Arrays::stream)
            .map(energy -> -energy)
            .sorted()
            .map(energy -> -energy)
            .toArray();
    return Math.sqrt(new GaussianReference(energies, 1).nmseAt(bits) / (TOKENS * HEADS));
  }

  private static float[] keys(Path dataset, int layer) {
    return TensorReader.open(dataset.toString(), SweepBench.CONF)
        .read(new PromptKey("m", "p"), layer, TensorKind.KEY)
        .data();
  }

  private static void ok(String... command) {
    SweepBench.Said said = SweepBench.run(command);
    assertEquals(0, said.code(), said::err);
  }

  @Test
  void logitErrorWithoutQueriesIsThatOfAllQueriesAgainstAllKeys() throws Exception {
    TestSpark.session();
    SweepBench bench = new SweepBench(folder);
    float[] queries = queries();
    Path captures = Files.createDirectories(folder.resolve("captures"));
    write(
        captures.resolve("m.safetensors"),
        Map.of(
            0, List.of(cached(TensorKind.KEY), cached(TensorKind.VALUE), moment(queries)),
            1, List.of(cached(TensorKind.KEY), cached(TensorKind.VALUE))));
    ok("import", captures.toString(), "--out", bench.dataset().toString());
    ok("verify", bench.dataset().toString());
    bench.yaml(
        "methods:",
        "  - " + METHOD,
        "  - knorm(budget=0.5) | rtn(bits=4)",
        "kinds: [key, value, both]");
    assertEquals(0, bench.sweep("o").code());
    Map<String, ResultRow> rows = new HashMap<>();
    for (ResultRow row : bench.rows("o").values()) {
      String spec = (String) row.get(ResultColumn.METHOD_SPEC);
      rows.put(
          spec.substring(0, 3)
              + " "
              + row.get(ResultColumn.LAYER)
              + " "
              + row.get(ResultColumn.KIND),
          row);
      for (ResultColumn column :
          List.of(
              ResultColumn.ATTENTION_KL,
              ResultColumn.ATTENTION_KL_P999,
              ResultColumn.TOPK_RECALL_16,
              ResultColumn.OUTPUT_ERROR,
              ResultColumn.KEPT_MASS)) {
        assertNull(row.get(column), column::label);
      }
    }
    assertEquals(12, rows.size());
    assertNull(rows.get("rtn 1 key").get(ResultColumn.LOGIT_RMS), "this layer has no moments");
    assertNull(rows.get("rtn 1 key").get(ResultColumn.RD_LIMIT_LOGIT_RMS));

    // The decoded keys, by the way that a user has to them.
    Path decoded = folder.resolve("decoded");
    ok("reconstruct", bench.dataset().toString(), "--method", METHOD, "--out", decoded.toString());
    Path again = folder.resolve("again");
    ok("import", decoded.toString(), "--out", again.toString());
    double[] squares = plain(queries, keys(bench.dataset(), 0), keys(again, 0));
    for (String kind : List.of("key", "both")) {
      ResultRow row = rows.get("rtn 0 " + kind);
      HeadResult[] heads = (HeadResult[]) row.get(ResultColumn.HEADS);
      // Some hundred terms in double on both sides.
      for (int head = 0; head < HEADS; head++) {
        double expected = Math.sqrt(squares[head]);
        assertEquals(expected, heads[head].logitRms(), 1e-10 * expected);
        assertNull(heads[head].attentionKl());
      }
      double expected = Math.sqrt((squares[0] + squares[1]) / 2);
      assertEquals(expected, (Double) row.get(ResultColumn.LOGIT_RMS), 1e-10 * expected);
    }
    assertEquals(0.0, rows.get("rtn 0 value").get(ResultColumn.LOGIT_RMS));
    ResultRow key = rows.get("rtn 0 key");
    double limit =
        limit(queries, keys(bench.dataset(), 0), (Double) key.get(ResultColumn.EFFECTIVE_BITS));
    assertEquals(limit, (Double) key.get(ResultColumn.RD_LIMIT_LOGIT_RMS), 1e-10 * limit);
    assertTrue(limit > 0);
    assertNull(rows.get("rtn 0 both").get(ResultColumn.RD_LIMIT_LOGIT_RMS));
    assertTrue((Double) rows.get("kno 0 key").get(ResultColumn.LOGIT_RMS) > 0);

    assertEquals(0, SweepBench.run("aggregate", folder.resolve("o").toString()).code());
    String summary = Files.readString(folder.resolve("o/tables/summary.csv"));
    assertTrue(summary.contains(",read_ratio,kept_mass,n_below_limit,n_below_logit_limit,"));
    assertFalse(Files.readString(folder.resolve("o/tables/frontier.csv")).contains("knorm"));
  }
}
