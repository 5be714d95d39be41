package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of selectors against attention computed token by token, and bytes added by hand. */
class SelectorMeasurementTest {
  private static ResultRow measure(LayerUnit unit, String spec, CellKind kind) {
    return new LayerMeasurement(ToyUnits.REGISTRY)
        .measure(unit, List.of(ToyUnits.cell(spec, kind)))
        .get(0);
  }

  private static double number(ResultRow row, ResultColumn column) {
    assertNull(row.get(ResultColumn.ERROR));
    return ((Number) row.get(column)).doubleValue();
  }

  /** Coded head by head of each token: what is left out does not change what is coded. */
  private static final String CODEC = "rtn(bits=3,group=8)";

  /** What {@link #CODEC} makes of a whole tensor, without the tokens of a head that stay exact. */
  private static float[] reconstruction(TensorView view, TokenSelection selection) {
    TensorCodec codec = (TensorCodec) ToyUnits.REGISTRY.pipeline(CODEC, 1).codec();
    float[] decoded = codec.decode(codec.encode(view), view.shape()).data();
    float[] rotated = view.convert(decoded, codec.rope(), RopeStage.POST);
    float[] exact = view.data(RopeStage.POST);
    TensorShape shape = view.shape();
    for (int head = 0; head < shape.heads(); head++) {
      BitSet whole = selection.exact().set(head);
      for (int t = whole.nextSetBit(0); t >= 0; t = whole.nextSetBit(t + 1)) {
        int at = (t * shape.heads() + head) * shape.headDim();
        System.arraycopy(exact, at, rotated, at, shape.headDim());
      }
    }
    return rotated;
  }

  /** The sums behind kept mass, divergence and output error, the obvious way. */
  private static double[] slowAttention(LayerUnit unit, CellKind kind, TokenSelection selection) {
    TensorView keys = unit.view(TensorKind.KEY);
    TensorView values = unit.view(TensorKind.VALUE);
    float[] k = keys.data(RopeStage.POST);
    float[] v = values.tensor().data();
    float[] kHat = kind == CellKind.VALUE ? k : reconstruction(keys, selection);
    float[] vHat = kind == CellKind.KEY ? v : reconstruction(values, selection);
    Queries queries = unit.queries().orElseThrow();
    int heads = keys.shape().heads();
    int dim = keys.shape().headDim();
    int rows = 0;
    double mass = 0;
    double divergence = 0;
    double error = 0;
    double energy = 0;
    for (int head = 0; head < queries.shape().heads(); head++) {
      int kv = head * heads / queries.shape().heads();
      for (int q = 0; q < queries.shape().tokens(); q++) {
        int at = (q * queries.shape().heads() + head) * dim;
        int[] seen =
            IntStream.rangeClosed(0, queries.firstPosition() + q - keys.tensor().firstPosition())
                .toArray();
        BitSet touched = selection.touched().tokens(kv, q);
        int[] read = Arrays.stream(seen).filter(touched::get).toArray();
        double[] all = softmax(queries, at, k, seen, kv, heads, dim);
        double[] exactOnRead = softmax(queries, at, k, read, kv, heads, dim);
        double[] hat = softmax(queries, at, kHat, read, kv, heads, dim);
        for (int j = 0; j < seen.length; j++) {
          mass += touched.get(seen[j]) ? all[j] : 0;
        }
        for (int j = 0; j < read.length; j++) {
          divergence += exactOnRead[j] * Math.log(exactOnRead[j] / hat[j]);
        }
        for (int i = 0; i < dim; i++) {
          double o = 0;
          double oHat = 0;
          for (int j = 0; j < seen.length; j++) {
            o += all[j] * v[(seen[j] * heads + kv) * dim + i];
          }
          for (int j = 0; j < read.length; j++) {
            oHat += hat[j] * vHat[(read[j] * heads + kv) * dim + i];
          }
          error += (o - oHat) * (o - oHat);
          energy += o * o;
        }
        rows++;
      }
    }
    return new double[] {mass / rows, divergence / rows, error / energy};
  }

  private static double[] softmax(
      Queries queries, int at, float[] keys, int[] tokens, int head, int heads, int dim) {
    double[] weights = new double[tokens.length];
    double sum = 0;
    for (int j = 0; j < tokens.length; j++) {
      double dot = 0;
      for (int i = 0; i < dim; i++) {
        dot += (double) queries.data()[at + i] * keys[(tokens[j] * heads + head) * dim + i];
      }
      weights[j] = Math.exp(dot * queries.scale());
      sum += weights[j];
    }
    for (int j = 0; j < weights.length; j++) {
      weights[j] /= sum;
    }
    return weights;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "shadowkv(budget=24,chunk=4,outliers=3,local=2); KEY",
        "shadowkv(budget=24,chunk=4,outliers=3,local=2); VALUE",
        "shadowkv(budget=24,chunk=4,outliers=3,local=2); BOTH",
        "shadowkv(budget=1/8,outliers=1,choice=random); BOTH",
        "knorm(budget=0.2,sinks=1); BOTH",
        "random(budget=50,sinks=1); KEY",
        "streaming(budget=1/4); VALUE"
      })
  void attentionAgreesWithTokenByToken(String selector, CellKind kind) {
    LayerUnit unit = ToyUnits.layer(301, 7);
    ResultRow row = measure(unit, selector + " | " + CODEC, kind);
    TokenSelection selection =
        CellSelection.of(
                ToyUnits.REGISTRY
                    .pipeline(ToyUnits.cell(selector + " | " + CODEC, kind).spec(), 1)
                    .selector()
                    .orElseThrow(),
                unit)
            .tokens();
    double[] expected = slowAttention(unit, kind, selection);
    // Sums of a few hundred terms in double; a divergence cancels to a thousandth of its terms.
    assertEquals(expected[0], number(row, ResultColumn.KEPT_MASS), 1e-12);
    assertEquals(expected[1], number(row, ResultColumn.ATTENTION_KL), 1e-12);
    assertEquals(expected[2], number(row, ResultColumn.OUTPUT_ERROR), 1e-11 * expected[2]);
    assertTrue(expected[0] > 0.02 && expected[0] < 0.9 && expected[2] > 0);
    assertEquals(kind == CellKind.VALUE, expected[1] == 0);
  }

  @Test
  void bytesOfShadowKvAreLandmarksOutliersTailAndCodes() {
    // 301 tokens in chunks of 4: 75 - 2 chunks, 3 of them outliers; 292 coded, 9 + 12 whole.
    ResultRow row =
        measure(
            ToyUnits.layer(301, 1),
            "shadowkv(budget=24,chunk=4,outliers=3,local=2) | none",
            CellKind.BOTH);
    assertEquals(2 * 292 * 32.0, number(row, ResultColumn.CODES_BYTES));
    assertEquals(70 * 16 * 2.0, number(row, ResultColumn.PARAMETERS_BYTES), "landmarks, once");
    assertEquals(2 * 3 * 4.0, number(row, ResultColumn.BASIS_BYTES), "ids of outliers");
    assertEquals(2 * 21 * 32.0, number(row, ResultColumn.EXACT_BYTES));
    assertEquals(5 * 48.0, number(row, ResultColumn.HEADER_BYTES), "selection, and two per tensor");
    assertEquals(21, row.get(ResultColumn.EXACT_TOKENS));
    // A step reads all of that but the codes, and of them 24 of 292 tokens.
    double read = 70 * 32 + 24 + 2 * 21 * 32 + 5 * 48 + 2 * 24 * 32;
    assertEquals(2 * 301 * 32 / read, number(row, ResultColumn.READ_RATIO), 1e-12);
    assertEquals(301 / 24.0, number(row, ResultColumn.NOMINAL_READ_RATIO), 1e-12);
    assertEquals(0.0, number(row, ResultColumn.NMSE));
    assertEquals(0.0, number(row, ResultColumn.ATTENTION_KL), 1e-12);
  }

  @Test
  void aTokenThatStaysWholeForAHeadIsNotInItsError() {
    LayerUnit unit = ToyUnits.layer(301, 2);
    String spec = "shadowkv(budget=24,chunk=4,outliers=3,local=2) | " + CODEC;
    ResultRow row = measure(unit, spec, CellKind.KEY);
    TensorView keys = unit.view(TensorKind.KEY);
    TokenSelection selection =
        CellSelection.of(ToyUnits.REGISTRY.pipeline(spec, 1).selector().orElseThrow(), unit)
            .tokens();
    TensorCodec codec = (TensorCodec) ToyUnits.REGISTRY.pipeline(CODEC, 1).codec();
    float[] decoded = codec.decode(codec.encode(keys), keys.shape()).data();
    double[] error = new double[2];
    double[] energy = new double[2];
    for (int t = 0; t < 292; t++) {
      for (int head = 0; head < 2; head++) {
        for (int i = 0; i < 8 && !selection.exact().set(head).get(t); i++) {
          double x = keys.tensor().data()[(t * 2 + head) * 8 + i];
          error[head] += Math.pow(decoded[(t * 2 + head) * 8 + i] - x, 2);
          energy[head] += x * x;
        }
      }
    }
    double nmse = (error[0] + error[1]) / (energy[0] + energy[1]);
    assertEquals(nmse, number(row, ResultColumn.NMSE), 1e-12 * nmse);
    HeadResult[] heads = (HeadResult[]) row.get(ResultColumn.HEADS);
    assertEquals(error[1] / energy[1], heads[1].nmse(), 1e-12 * nmse);
  }

  @Test
  void aCodecThatJoinsHeadsIsReadForAllOfThem() {
    LayerUnit unit = ToyUnits.layer(400, 1);
    String selector = "shadowkv(budget=40,outliers=0,local=0) | ";
    double alone =
        number(
            measure(unit, selector + "svdq(bits=2,heads=separate)", CellKind.KEY),
            ResultColumn.READ_RATIO);
    CellSelection selection =
        CellSelection.of(
            ToyUnits.REGISTRY.pipeline(selector + "none", 1).selector().orElseThrow(), unit);
    BitSet any = (BitSet) selection.tokens().touched().tokens(0, 0).clone();
    any.or(selection.tokens().touched().tokens(1, 0));
    ResultRow joint = measure(unit, selector + "svdq(bits=2)", CellKind.KEY);
    double landmarks = 48 + 50 * 16 * 2;
    double read =
        landmarks
            + 48
            + number(joint, ResultColumn.BASIS_BYTES)
            + any.cardinality() / 400.0 * number(joint, ResultColumn.CODES_BYTES)
            // Four groups of up to 128 tokens, of which one token wants the scales.
            + any.stream().map(t -> t / 128).distinct().count()
                / 4.0
                * (number(joint, ResultColumn.PARAMETERS_BYTES) - 50 * 16 * 2);
    assertEquals(400 * 32 / read, number(joint, ResultColumn.READ_RATIO), 1e-9);
    assertTrue(any.cardinality() > 40 && alone > 0);
    // Evicting per head moves tokens together: all rows are read, and no more than all.
    ResultRow evicted = measure(unit, "knorm(budget=0.2) | svdq(bits=2)", CellKind.KEY);
    assertEquals(
        number(evicted, ResultColumn.COMPRESSION_RATIO),
        number(evicted, ResultColumn.READ_RATIO),
        1e-9);
  }

  /** Reads of a codec by the obvious sum over steps, heads and groups. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "kivi(bits=2,group=32); KEY; 32; false",
        "kivi(bits=2,group=32); VALUE; 1; true",
        "kivi(bits=2,group=8); VALUE; 1; false",
        "rtn(bits=2,axis=channel,group=64); KEY; 64; false",
        "rtn(bits=2,axis=channel); KEY; 400; false",
        "rtn(bits=2); VALUE; 1; true",
        "svdq(bits=2,group=16,heads=separate); KEY; 16; false",
        "svdq(bits=2,group=16); KEY; 16; true",
        "hadamard | kivi(bits=2,group=32); KEY; 32; false",
        "decoquant(bits=4,inner=8); KEY; 1; true",
        "higgs(bits=2,group=8); KEY; 1; false"
      })
  void parametersAreReadForTouchedGroups(
      String spec, TensorKind kind, int tokensOfGroup, boolean joined) {
    TensorCodec codec = (TensorCodec) ToyUnits.REGISTRY.pipeline(spec, 1).codec();
    LayerUnit unit = ToyUnits.layer(400, 3);
    TokenSelection selection =
        CellSelection.of(
                ToyUnits.REGISTRY
                    .pipeline("shadowkv(budget=40,outliers=0,local=0) | none", 1)
                    .selector()
                    .orElseThrow(),
                unit)
            .tokens();
    TensorShape shape = unit.view(kind).shape();
    double read = 0;
    for (int step = 0; step < 3; step++) {
      Set<Integer> union = new TreeSet<>();
      for (int head = 0; head < 2; head++) {
        Set<Integer> groups = new TreeSet<>();
        selection.touched().tokens(head, step).stream().forEach(t -> groups.add(t / tokensOfGroup));
        union.addAll(groups);
        read += joined ? 0 : groups.size();
      }
      read += joined ? 2 * union.size() : 0;
    }
    StepReads reads =
        StepReads.of(
            selection, 2, 3, codec.readGrain(shape), ParameterGroups.of(codec, kind, shape, 400));
    int groups = (400 + tokensOfGroup - 1) / tokensOfGroup;
    assertEquals(read / (3 * 2 * groups), reads.parameters(), 1e-12);
    assertEquals(10, new ByteCount(0, 10, 0, 0, 0).parameters(), "order of sections");
    assertEquals(10 * reads.parameters(), reads.ofCoded(new ByteCount(0, 10, 0, 0, 0)), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({
    "svdq(bits=2), 128, 1",
    "svdq(bits=2), 129, 2",
    "'svdq(bits=2,tail=frozen:30)', 158, 2",
    "'svdq(bits=2,tail=exact:30)', 158, 1",
    "'kivi(bits=2,residual=64)', 150, 4"
  })
  void groupsOfParametersAreThoseOfTheBlock(String spec, int tokens, int groups) {
    TensorCodec codec = (TensorCodec) ToyUnits.REGISTRY.pipeline(spec, 1).codec();
    TensorView keys = ToyUnits.layer(tokens, 0).view(TensorKind.KEY);
    ParameterGroups known = ParameterGroups.of(codec, TensorKind.KEY, keys.shape(), tokens);
    assertEquals(groups, known.count());
    int parameters = EncodedBlock.open(codec.encode(keys)).length(Section.PARAMETERS);
    assertEquals(0, parameters % groups);
    assertTrue(parameters / groups <= 4 * 16, "minimum and scale of at most 16 channels");
  }

  /** What cells share is timed once, outside of their own times. */
  @Test
  void timeThatCellsShareIsNotTheSelectors() {
    TokenSelector sharing =
        new TokenSelector() {
          @Override
          public boolean needsQueries() {
            return false;
          }

          @Override
          public SelectionSize size(int tokens, int heads, int headDim) {
            throw new UnsupportedOperationException();
          }

          @Override
          public byte[] encode(TensorView keys, Optional<Queries> queries) {
            return keys.share("shared", SelectorMeasurementTest::work);
          }

          @Override
          public TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps) {
            return TokenSelection.evicting(HeadTokens.first(expected.heads(), expected.tokens()));
          }
        };
    LayerUnit unit = ToyUnits.layer(40, 0);
    long start = System.nanoTime();
    long own = CellSelection.of(sharing, unit).encodeNanos();
    long elapsed = System.nanoTime() - start;
    long shared = unit.view(TensorKind.KEY).sharedNanos();
    assertTrue(own >= 0 && shared > 0);
    assertTrue(own + shared <= elapsed, () -> own + " + " + shared + " > " + elapsed);
  }

  /** Long beside all else that happens in between. */
  private static byte[] work() {
    LockSupport.parkNanos(100_000_000);
    return new byte[0];
  }

  @Test
  void keptTokensOfEachHeadTurnByTheirOwnPositions() {
    TensorView keys = ToyUnits.layer(40, 1).view(TensorKind.KEY);
    HeadTokens chosen = HeadTokens.ofHeads(new int[][] {{0, 7, 39}, {2, 3, 38}});
    TensorView compact = KeptTokens.compact(keys, chosen, ToyUnits.MODEL.rope());
    float[] out = new float[keys.shape().values()];
    KeptTokens.scatter(compact.data(RopeStage.POST), chosen, 8, out);
    float[] back =
        KeptTokens.compact(
                new TensorView(
                    new KvTensor(
                        TensorKind.KEY,
                        keys.shape(),
                        keys.dtype(),
                        RopeStage.NONE,
                        0,
                        keys.data(RopeStage.POST)),
                    Optional.empty()),
                chosen,
                Optional.empty())
            .tensor()
            .data();
    assertEquals(48, back.length);
    for (int i = 0; i < 3; i++) {
      for (int head = 0; head < 2; head++) {
        for (int c = 0; c < 8; c++) {
          int token = (chosen.token(head, i) * 2 + head) * 8 + c;
          assertEquals(keys.data(RopeStage.POST)[token], out[token]);
          assertEquals(keys.data(RopeStage.POST)[token], back[(i * 2 + head) * 8 + c]);
        }
      }
    }
  }

  @Test
  void aShortPromptStaysWholeAndSaysSo() {
    ResultRow row = measure(ToyUnits.layer(30, 3), "shadowkv | svdq(bits=1.25)", CellKind.KEY);
    assertEquals(30, row.get(ResultColumn.EXACT_TOKENS));
    assertEquals(0.0, number(row, ResultColumn.CODES_BYTES));
    assertEquals(30 * 32 + 96.0, number(row, ResultColumn.TOTAL_BYTES));
    assertEquals(16.0, number(row, ResultColumn.NOMINAL_BITS), "of the capture");
    assertEquals(1.0, number(row, ResultColumn.NOMINAL_READ_RATIO));
    assertEquals(1.0, number(row, ResultColumn.KEPT_MASS), 1e-12);
    assertEquals(0.0, number(row, ResultColumn.NMSE));
    assertNull(row.get(ResultColumn.EFFECTIVE_BITS_4K), "nothing was coded to go by");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "random(budget=0.3) | rtn(bits=4)",
        "knorm(budget=3) | svdq(bits=2)",
        "streaming(budget=1/4) | kivi(bits=2)",
        "knorm(budget=1/2,recent=1) | higgs(bits=2)",
        "random(budget=1) | decoquant(bits=4,inner=8)"
      })
  void oddPromptsAreMeasuredWithoutQueries(String spec) {
    for (int tokens : new int[] {1, 5, 130}) {
      for (CellKind kind : CellKind.values()) {
        ResultRow row = measure(ToyUnits.layer(tokens, 0), spec, kind);
        assertEquals(
            "measured", row.get(ResultColumn.STATUS), () -> "" + row.get(ResultColumn.ERROR));
        assertNull(row.get(ResultColumn.KEPT_MASS));
        assertTrue(number(row, ResultColumn.NOMINAL_READ_RATIO) >= 1);
        assertEquals(
            number(row, ResultColumn.COMPRESSION_RATIO),
            number(row, ResultColumn.READ_RATIO),
            1e-9);
      }
    }
  }

  @Test
  void shadowKvNeedsQueriesAndOnlyKeysToCodeKeys() {
    assertEquals(
        "the selector needs queries and toy/prompt layer 3 has none: capture some",
        measure(ToyUnits.layer(100, 0), "shadowkv | none", CellKind.KEY).get(ResultColumn.ERROR));
    KvTensor keys = ToyUnits.tensor(TensorKind.KEY, 600, 2, 0, ToyUnits.gaussian(9600, 5));
    KvTensor queries = ToyUnits.tensor(TensorKind.QUERY, 4, 4, 596, ToyUnits.gaussian(128, 6));
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(3),
            ToyUnits.MODEL,
            Optional.of(keys),
            Optional.empty(),
            Optional.of(queries));
    ResultRow row = measure(unit, "shadowkv(budget=1/32) | svdq(bits=1.25)", CellKind.KEY);
    assertNull(row.get(ResultColumn.ERROR));
    assertTrue(number(row, ResultColumn.KEPT_MASS) > 0);
    assertNull(row.get(ResultColumn.OUTPUT_ERROR));
    assertNotNull(row.get(ResultColumn.READ_RATIO));
  }

  @Test
  void landmarksBeatChanceAtTheSameNumberOfTokens() {
    // Topics of 8 tokens: keys of a chunk resemble each other, a query one of them.
    float[] keys = ToyUnits.gaussian(512 * 16, 20);
    float[] topics = ToyUnits.gaussian(64 * 16, 21);
    for (int i = 0; i < keys.length; i++) {
      keys[i] =
          io.kvsweep.datasets.tensor.Float16.round(0.3f * keys[i] + topics[i / 128 * 16 + i % 16]);
    }
    float[] queries = new float[8 * 32];
    for (int i = 0; i < queries.length; i++) {
      queries[i] = 3 * topics[(7 * (i / 32)) * 16 + i / 16 % 2 * 8 + i % 8];
    }
    KvTensor none =
        new KvTensor(
            TensorKind.KEY,
            new TensorShape(512, 2, 8),
            io.kvsweep.datasets.tensor.DType.F16,
            RopeStage.NONE,
            0,
            keys);
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(3),
            ToyUnits.MODEL,
            Optional.of(none),
            Optional.of(ToyUnits.tensor(TensorKind.VALUE, 512, 2, 0, ToyUnits.gaussian(8192, 22))),
            Optional.of(
                new KvTensor(
                    TensorKind.QUERY,
                    new TensorShape(8, 4, 8),
                    io.kvsweep.datasets.tensor.DType.F16,
                    RopeStage.NONE,
                    504,
                    queries)));
    String spec = "shadowkv(budget=1/32,outliers=0,local=0,choice=%s) | none";
    ResultRow landmarks = measure(unit, spec.formatted("landmarks"), CellKind.KEY);
    ResultRow random = measure(unit, spec.formatted("random"), CellKind.KEY);
    assertTrue(
        number(landmarks, ResultColumn.KEPT_MASS) > 3 * number(random, ResultColumn.KEPT_MASS));
    assertTrue(
        number(landmarks, ResultColumn.OUTPUT_ERROR) < number(random, ResultColumn.OUTPUT_ERROR));
  }
}
