package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.linalg.WeightedSpectrum;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.MomentLogits;
import io.kvsweep.udfs.metrics.QueryMoments;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that hold second moments of queries instead of queries. */
class MomentMeasurementTest {
  // Sums of some hundred terms in double on both sides, in another order.
  private static final double RELATIVE = 1e-10;

  private static final int TOKENS = 150;
  private static final int HEADS = 2;
  private static final int GROUP = 2;
  private static final int D = 8;

  /** A power of two: sums of products of small integers, divided by it, are exact in float32. */
  private static final int QUERIES = 64;

  /** The id of a unit without moments as it was before there were any. */
  private static final String PINNED = "7c43f622dc8a45108fc253f2e5087b9d";

  private static final List<ResultColumn> NEED_QUERIES =
      List.of(
          ResultColumn.ATTENTION_KL,
          ResultColumn.ATTENTION_KL_P999,
          ResultColumn.TOPK_RECALL_16,
          ResultColumn.OUTPUT_ERROR,
          ResultColumn.KEPT_MASS);

  /** Rotated queries of small integers, {@code [queries, query heads, headDim]}. */
  private static float[] queries() {
    Random random = new Random(5);
    float[] out = new float[QUERIES * HEADS * GROUP * D];
    for (int i = 0; i < out.length; i++) {
      out[i] = random.nextInt(9) - 3 + (i / D % (HEADS * GROUP)); // heads differ
    }
    return out;
  }

  private static KvTensor moments() {
    float[] queries = queries();
    int heads = HEADS * GROUP;
    float[] data = new float[D * heads * D];
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          double sum = 0;
          for (int q = 0; q < QUERIES; q++) {
            sum += (double) queries[(q * heads + h) * D + i] * queries[(q * heads + h) * D + j];
          }
          data[(i * heads + h) * D + j] = (float) (sum / QUERIES);
        }
      }
    }
    TensorShape shape = new TensorShape(D, heads, D);
    return new KvTensor(TensorKind.QUERY_MOMENT, shape, DType.F32, RopeStage.POST, 0, data);
  }

  private static KvTensor keys() {
    return ToyUnits.tensor(TensorKind.KEY, TOKENS, HEADS, 0, ToyUnits.gaussian(TOKENS * 16, 1));
  }

  private static LayerUnit unit(boolean values, boolean queries) {
    LayerUnit whole = ToyUnits.layer(TOKENS, 4);
    return new LayerUnit(
        ToyUnits.key(3),
        ToyUnits.MODEL,
        Optional.of(keys()),
        values ? Optional.of(whole.view(TensorKind.VALUE).tensor()) : Optional.empty(),
        queries
            ? Optional.of(
                ToyUnits.tensor(TensorKind.QUERY, 4, 4, TOKENS - 4, ToyUnits.gaussian(4 * 32, 3)))
            : Optional.empty(),
        Optional.of(moments()));
  }

  private static ResultRow measure(LayerUnit unit, String spec, CellKind kind) {
    return new LayerMeasurement(ToyUnits.REGISTRY)
        .measure(unit, List.of(ToyUnits.cell(spec, kind)))
        .get(0);
  }

  private static float[] rotated(float[] keys) {
    return Rotary.consecutive(ToyUnits.MODEL.rope().orElseThrow(), 0, TOKENS, D)
        .rotate(keys, new TensorShape(TOKENS, HEADS, D));
  }

  /** What the codec makes of the keys, rotated. */
  private static float[] decoded(String spec, float[] keys) {
    TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
    KvTensor tensor = ToyUnits.tensor(TensorKind.KEY, TOKENS, HEADS, 0, keys);
    TensorView view =
        new TensorView(
            tensor,
            Optional.of(Rotary.consecutive(ToyUnits.MODEL.rope().orElseThrow(), 0, TOKENS, D)));
    return view.convert(
        codec.decode(codec.encode(view), view.shape()).data(), codec.rope(), RopeStage.POST);
  }

  /** Mean square per KV head: every query against every token that counts, one by one. */
  private static double[] plain(float[] exact, float[] hat, IntPredicate counts) {
    float[] queries = queries();
    double[] squares = new double[HEADS];
    for (int h = 0; h < HEADS * GROUP; h++) {
      for (int q = 0; q < QUERIES; q++) {
        List<Double> errors = new ArrayList<>();
        for (int t = 0; t < TOKENS; t++) {
          double error = 0;
          for (int c = 0; c < D; c++) {
            int at = (t * HEADS + h / GROUP) * D + c;
            error +=
                ToyUnits.MODEL.attentionScale()
                    * queries[(q * HEADS * GROUP + h) * D + c]
                    * ((double) hat[at] - exact[at]);
          }
          if (counts.test(t)) {
            errors.add(error);
          }
        }
        double mean = errors.stream().mapToDouble(e -> e).average().orElseThrow();
        double square = errors.stream().mapToDouble(e -> (e - mean) * (e - mean)).sum();
        squares[h / GROUP] += square / errors.size() / QUERIES / GROUP;
      }
    }
    return squares;
  }

  private static void assertLogits(double[] squares, ResultRow row) {
    HeadResult[] heads = (HeadResult[]) row.get(ResultColumn.HEADS);
    double mean = 0;
    for (int h = 0; h < HEADS; h++) {
      double expected = Math.sqrt(squares[h]);
      assertEquals(expected, heads[h].logitRms(), RELATIVE * expected, "head " + h);
      assertNull(heads[h].attentionKl());
      assertNull(heads[h].outputError());
      mean += squares[h] / HEADS;
    }
    double expected = Math.sqrt(mean);
    assertEquals(expected, (Double) row.get(ResultColumn.LOGIT_RMS), RELATIVE * expected);
    for (ResultColumn column : NEED_QUERIES) {
      assertNull(row.get(column), column::label);
    }
    assertTrue(mean > 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rtn(bits=3,axis=channel)", "svdq(bits=1.25)", "kivi(bits=2)", "higgs(bits=2)"})
  void logitErrorIsThatOfEveryQueryAgainstEveryToken(String spec) {
    ResultRow row = measure(unit(true, false), spec, CellKind.KEY);
    assertLogits(plain(rotated(keys().data()), decoded(spec, keys().data()), t -> true), row);
    double limit =
        limit(rotated(centred(keys().data())), (Double) row.get(ResultColumn.EFFECTIVE_BITS));
    assertEquals(limit, (Double) row.get(ResultColumn.RD_LIMIT_LOGIT_RMS), RELATIVE * limit);
    assertTrue(limit > 0 && limit < (Double) row.get(ResultColumn.LOGIT_RMS), "limit " + limit);
  }

  /** Without channel means, which are taken before the embedding. */
  private static float[] centred(float[] keys) {
    float[] out = new float[keys.length];
    for (int c = 0; c < HEADS * D; c++) {
      double sum = 0;
      for (int t = 0; t < TOKENS; t++) {
        sum += keys[t * HEADS * D + c];
      }
      for (int t = 0; t < TOKENS; t++) {
        out[t * HEADS * D + c] = (float) (keys[t * HEADS * D + c] - sum / TOKENS);
      }
    }
    return out;
  }

  /** The reference under the queries themselves. */
  private static double limit(float[] rotatedKeys, double bits) {
    TensorShape shape = new TensorShape(QUERIES, HEADS * GROUP, D);
    QueryMoments moments =
        QueryMoments.of(
            new Queries(shape, TOKENS, ToyUnits.MODEL.attentionScale(), queries()), HEADS);
    float[] keys = Transpose.of(rotatedKeys, TOKENS, HEADS * D);
    double[] energies =
        IntStream.range(0, HEADS)
            .mapToObj(h -> WeightedSpectrum.energies(moments.heads()[h], keys, TOKENS, h * D, D))
            .flatMapToDouble(Arrays::stream)
            .map(energy -> -energy)
            .sorted()
            .map(energy -> -energy)
            .toArray();
    return Math.sqrt(new GaussianReference(energies, 1).nmseAt(bits) / (TOKENS * HEADS));
  }

  @Test
  void keysAloneAreEnoughAndValuesHaveNoLogitError() {
    ResultRow both = measure(unit(true, false), "rtn(bits=2)", CellKind.BOTH);
    ResultRow key = measure(unit(false, false), "rtn(bits=2)", CellKind.KEY);
    assertEquals(key.get(ResultColumn.LOGIT_RMS), both.get(ResultColumn.LOGIT_RMS));
    assertNull(both.get(ResultColumn.RD_LIMIT_LOGIT_RMS), "of keys alone");
    ResultRow value = measure(unit(true, false), "rtn(bits=2)", CellKind.VALUE);
    assertEquals(0.0, value.get(ResultColumn.LOGIT_RMS));
    assertEquals(0.0, measure(unit(true, false), "none", CellKind.KEY).get(ResultColumn.LOGIT_RMS));
  }

  /** Softmax does not see them, and no rounding of them is left. */
  @Test
  void aConstantShiftOfKeysIsNoError() {
    MomentLogits sums = new MomentLogits(QueryMoments.stored(moments(), HEADS, 0.35));
    float[] exact = new float[TOKENS * 16];
    float[] shifted = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      exact[i] = i % 5;
      shifted[i] = exact[i] + 1000 + i % D;
    }
    for (int t = 0; t < TOKENS; t++) {
      sums.add(exact, shifted, t, 0);
      sums.add(exact, shifted, t, 1);
    }
    assertEquals(Optional.of(0.0), sums.result().logitRms());
  }

  @Test
  void queriesSayMoreAndAreUsedWhereTheyAreThere() {
    LayerUnit without = ToyUnits.layer(TOKENS, 4);
    ResultRow expected = measure(without, "rtn(bits=2)", CellKind.KEY);
    ResultRow row = measure(unit(true, true), "rtn(bits=2)", CellKind.KEY);
    for (ResultColumn column :
        List.of(
            ResultColumn.LOGIT_RMS, ResultColumn.RD_LIMIT_LOGIT_RMS, ResultColumn.ATTENTION_KL)) {
      assertEquals(expected.get(column), row.get(column), column::label);
    }
    // Values are needed for nothing but the output.
    ResultRow ofKeys = measure(unit(false, true), "rtn(bits=2)", CellKind.KEY);
    for (ResultColumn column :
        List.of(
            ResultColumn.LOGIT_RMS,
            ResultColumn.RD_LIMIT_LOGIT_RMS,
            ResultColumn.ATTENTION_KL,
            ResultColumn.ATTENTION_KL_P999,
            ResultColumn.TOPK_RECALL_16)) {
      assertEquals(expected.get(column), ofKeys.get(column), column::label);
    }
    assertNull(ofKeys.get(ResultColumn.OUTPUT_ERROR));
    HeadResult[] heads = (HeadResult[]) ofKeys.get(ResultColumn.HEADS);
    for (int h = 0; h < HEADS; h++) {
      HeadResult of = ((HeadResult[]) expected.get(ResultColumn.HEADS))[h];
      assertEquals(new HeadResult(h, of.nmse(), of.logitRms(), of.attentionKl(), null), heads[h]);
    }
  }

  /** Of tokens that a selector evicts there is no logit. */
  @Test
  void aSelectorThatEvictsIsMeasuredOnWhatStays() {
    ResultRow row =
        measure(unit(true, false), "streaming(budget=40,sinks=4) | rtn(bits=2)", CellKind.KEY);
    // Ranges per token: what a token is among does not matter.
    assertLogits(
        plain(
            rotated(keys().data()),
            decoded("rtn(bits=2)", keys().data()),
            t -> t < 4 || t >= TOKENS - 36),
        row);
    assertNull(row.get(ResultColumn.RD_LIMIT_LOGIT_RMS));
  }

  @Test
  void aSelectorThatAsksQueriesNamesThem() {
    ResultRow failed =
        measure(unit(true, false), "shadowkv(budget=1/8) | rtn(bits=4)", CellKind.KEY);
    assertTrue(
        failed.get(ResultColumn.ERROR).toString().contains("the selector needs queries"),
        () -> "" + failed.get(ResultColumn.ERROR));
    // Of keys alone, with queries to choose by.
    ResultRow row = measure(unit(false, true), "shadowkv(budget=1/8) | rtn(bits=4)", CellKind.KEY);
    ResultRow withValues =
        measure(unit(true, true), "shadowkv(budget=1/8) | rtn(bits=4)", CellKind.KEY);
    assertEquals(withValues.get(ResultColumn.LOGIT_RMS), row.get(ResultColumn.LOGIT_RMS));
    assertEquals(withValues.get(ResultColumn.KEPT_MASS), row.get(ResultColumn.KEPT_MASS));
    assertNull(row.get(ResultColumn.OUTPUT_ERROR));
  }

  private record WithMoments(CacheSource source) implements CacheSource {
    @Override
    public ModelInfo model() {
      return source.model();
    }

    @Override
    public List<Integer> layers() {
      return source.layers();
    }

    @Override
    public Optional<TensorShape> shape(int layer, TensorKind kind) {
      return source.shape(layer, kind);
    }

    @Override
    public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
      return source.read(layer, kind, from, tokens);
    }

    @Override
    public Optional<KvTensor> queries(int layer) {
      return Optional.empty();
    }

    @Override
    public Optional<KvTensor> queryMoments(int layer) {
      return layer == 0 ? Optional.of(moments()) : Optional.empty();
    }
  }

  /** The first layer of the toy is coded by itself, as the layer-local codec does it. */
  @Test
  void acrossLayersTheyAreStreamed() {
    CacheSource source = new WithMoments(ToyUnits.prompt(TOKENS, List.of(0, 1)));
    float[] keys = source.read(0, TensorKind.KEY, 0, TOKENS).data();
    String inner = "rtn(bits=3,rope=pre)";
    for (String selector : List.of("", "streaming(budget=40,sinks=4) | ")) {
      Cell cell = ToyUnits.cell(selector + "toy-delta(bits=3)", CellKind.KEY);
      UnitKey key = ToyUnits.key(UnitKey.ALL_LAYERS);
      List<ResultRow> rows =
          new CacheMeasurement(ToyUnits.REGISTRY, 4096).measure(key, source, List.of(cell));
      IntPredicate counts = selector.isEmpty() ? t -> true : t -> t < 4 || t >= TOKENS - 36;
      assertLogits(plain(rotated(keys), decoded(inner, keys), counts), rows.get(0));
      if (selector.isEmpty()) {
        double limit =
            limit(rotated(centred(keys)), (Double) rows.get(0).get(ResultColumn.EFFECTIVE_BITS));
        assertEquals(
            limit, (Double) rows.get(0).get(ResultColumn.RD_LIMIT_LOGIT_RMS), RELATIVE * limit);
      } else {
        assertNull(rows.get(0).get(ResultColumn.RD_LIMIT_LOGIT_RMS));
      }
      assertNull(rows.get(1).get(ResultColumn.RD_LIMIT_LOGIT_RMS), "no moments of this layer");
      assertNull(rows.get(1).get(ResultColumn.LOGIT_RMS), "no moments of this layer");
      List<ResultRow> cut =
          new CacheMeasurement(ToyUnits.REGISTRY, 32).measure(key, source, List.of(cell));
      assertEquals(rows.get(0).get(ResultColumn.LOGIT_RMS), cut.get(0).get(ResultColumn.LOGIT_RMS));
    }
  }

  private static UnitKey key(TensorInfo... tensors) {
    return UnitKey.ofLayer(
        ToyUnits.MODEL,
        new PromptInfo("toy", "p", 9, 0, OptionalInt.empty(), Map.of(), List.of(tensors)),
        3);
  }

  private static TensorInfo info(TensorKind kind, String sha256) {
    TensorShape shape = new TensorShape(kind == TensorKind.QUERY_MOMENT ? 8 : 9, 2, 8);
    return new TensorInfo(3, kind, shape, DType.F16, RopeStage.POST, 0, sha256);
  }

  /** Rows of captures without moments are found again; those with moments are other units. */
  @Test
  void momentsArePartOfTheNameOfAUnit() {
    TensorInfo keys = info(TensorKind.KEY, "a");
    TensorInfo values = info(TensorKind.VALUE, "b");
    assertEquals(PINNED, key(keys, values).unitId());
    assertNotEquals(PINNED, key(keys, info(TensorKind.QUERY_MOMENT, "c"), values).unitId());
    assertNotEquals(
        key(keys, info(TensorKind.QUERY_MOMENT, "d"), values).unitId(),
        key(keys, info(TensorKind.QUERY_MOMENT, "c"), values).unitId());
  }
}
