package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Second moments of queries, from a capture or foreign Parquet into a dataset. */
class QueryMomentTest extends DatasetTestBase {
  private static final int HEADS = 4;
  private static final int D = 6;
  private static final TensorShape KEYS = new TensorShape(9, 2, D);

  private static ModelInfo model(boolean rope) {
    RopeStage stage = rope ? RopeStage.PRE : RopeStage.NONE;
    return new ModelInfo(
        "m",
        "A",
        HEADS,
        2,
        D,
        stage,
        stage,
        rope ? Optional.of(new Rope(10_000)) : Optional.empty(),
        0.5);
  }

  /** Means of 50 queries, head after head, {@code [heads, row, column]} in double. */
  private static double[][][] moments() {
    SplittableRandom random = new SplittableRandom(1);
    double[][][] out = new double[HEADS][D][D];
    for (double[][] head : out) {
      for (int q = 0; q < 50; q++) {
        double[] query = random.doubles(D, -2, 3).toArray();
        for (int i = 0; i < D; i++) {
          for (int j = 0; j < D; j++) {
            head[i][j] += query[i] * query[j] / 50;
          }
        }
      }
    }
    return out;
  }

  private static KvTensor tensor(double[][][] moments, DType dtype, RopeStage stage) {
    float[] data = new float[D * HEADS * D];
    for (int h = 0; h < HEADS; h++) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          data[(i * HEADS + h) * D + j] = (float) moments[h][i][j];
        }
      }
    }
    byte[] bytes = new byte[data.length * dtype.bytes()];
    dtype.encode(data, 0, bytes, 0, data.length);
    dtype.decode(bytes, 0, data, 0, data.length);
    TensorShape shape = new TensorShape(D, HEADS, D);
    return new KvTensor(TensorKind.QUERY_MOMENT, shape, dtype, stage, 0, data);
  }

  private static MemorySource source(double[][][] moments, DType dtype, boolean rope) {
    float[] keys = new float[KEYS.values()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = i % 17;
    }
    RopeStage stage = rope ? RopeStage.PRE : RopeStage.NONE;
    KvTensor key = new KvTensor(TensorKind.KEY, KEYS, DType.F16, stage, 100, keys);
    KvTensor moment = tensor(moments, dtype, rope ? RopeStage.POST : RopeStage.NONE);
    return new MemorySource(
        model(rope),
        new PromptHead("m", "p", KEYS.tokens(), 100, OptionalInt.empty(), Map.of()),
        Map.of(3, List.of(key, moment)));
  }

  @Test
  void comeBackToTheBitFromACapture() {
    for (boolean rope : new boolean[] {true, false}) {
      MemorySource source = source(moments(), DType.F32, rope);
      Path file = Fixtures.capture(folder, source);
      try (Capture capture = Capture.open(file)) {
        assertEquals(source.tensors(), capture.tensors());
        assertEquals(HEADS, capture.model().queryHeads());
      }
      Path out = root().resolve("rope " + rope);
      new CaptureImporter(hadoop(out), CONF, line -> {}).importPaths(List.of(file.toString()));
      Dataset dataset = Dataset.open(hadoop(out), CONF);
      Fixtures.assertSame(
          tensors(source).get(1),
          new TensorReader(dataset).read(key(source), 3, TensorKind.QUERY_MOMENT));
      assertEquals(List.of(), DatasetVerifier.verify(hadoop(out), CONF, line -> {}).problems());
    }
  }

  /** In a shorter number the weak directions beside a large one are rounding alone. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void refusesShorterNumbers(DType dtype) {
    Path file = Fixtures.capture(folder, source(moments(), dtype, true));
    refusal(
        () -> importAll(file),
        "tensor 'layers.3.query_moment' is %s; expected f32".formatted(dtype.label()),
        "Store query_moment as F32");
    assertTrue(Files.notExists(root().resolve("dataset.json")), "nothing is added");
  }

  /** What a program that sums and rounds both halves on their own may write. */
  @Test
  void roundingIsNoAsymmetry() {
    double[][][] moments = moments();
    for (double[][] head : moments) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < i; j++) {
          head[i][j] *= 1 + 0.9 * 0x1p-17;
          head[j][i] *= 1 - 0.9 * 0x1p-17;
        }
      }
    }
    assertEquals(1, importAll(Fixtures.capture(folder, source(moments, DType.F32, true))).added());
    // All queries alike: off the diagonal the bound is reached.
    double[][][] one = new double[HEADS][D][D];
    for (double[][] head : one) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          head[i][j] = (i + 0.3) * (j + 0.3) / 7;
        }
      }
    }
    MemorySource source = source(one, DType.F32, true);
    Path other = Fixtures.capture(folder, source);
    new CaptureImporter(hadoop(folder.resolve("d2")), CONF, line -> {})
        .importPaths(List.of(other.toString()));
  }

  private void refused(int head, int row, int column, double value, String... expected) {
    double[][][] moments = moments();
    moments[head][row][column] = value;
    Path file = Fixtures.capture(folder, source(moments, DType.F32, true));
    String message = refusal(() -> importAll(file), expected);
    assertTrue(message.startsWith(file.toString()), message);
    assertTrue(message.contains("tensor 'layers.3.query_moment' holds"), message);
    assertTrue(Files.notExists(root().resolve("dataset.json")), "nothing is added");
  }

  @Test
  void refusesMatricesThatAreNoMoments() {
    double[][][] good = moments();
    refused(2, 1, 1, -0.5, "holds -0.5 at head 2, row 1, column 1; expected a mean of squares");
    refused(
        1,
        4,
        2,
        good[1][4][2] + 1e-3,
        "at head 1, row 4, column 2; expected",
        (float) good[1][2][4] + " as at row 2, column 4: the matrix is symmetric");
    refused(0, 3, 3, Double.NaN, "holds NaN at head 0, row 3, channel 3; expected finite numbers");
    double[][][] large = moments();
    large[3][5][0] = 100;
    large[3][0][5] = 100;
    Path file = Fixtures.capture(folder, source(large, DType.F32, true));
    refusal(
        () -> importAll(file),
        "holds 100.0 at head 3, row 5, column 0; expected at most "
            + (float) Math.sqrt((double) (float) large[3][5][5] * (float) large[3][0][0]));
  }

  /**
   * Every pair of channels is one that moments could have, all together are not: 2 I - 1 1^T has
   * the eigenvalue 2 - 4 along (1, 1, 1, 1), with its channels of mean square 1.
   */
  @Test
  void refusesDirectionsWithANegativeMeanSquare() {
    double[][][] moments = moments();
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < D; j++) {
        moments[2][i][j] = i == j ? 1 : i < 4 && j < 4 ? -1 : 0;
        // Scales of channels, zero among them, change nothing.
        moments[2][i][j] *= (i == 5 ? 0 : Math.pow(10, i)) * (j == 5 ? 0 : Math.pow(10, j));
      }
    }
    Path file = Fixtures.capture(folder, source(moments, DType.F32, true));
    // Three channels fail already: 2 - 3 along (1, 1, 1).
    refusal(
        () -> importAll(file),
        "tensor 'layers.3.query_moment' at head 2 has a negative eigenvalue in rows and columns 0 to 2: a direction with a mean square below 0");
    moments[2][2][0] = moments[2][0][2] = -100 * (0.5 + 1e-3);
    moments[2][2][1] = moments[2][1][2] = -1000 * (0.5 + 1e-3);
    moments[2][1][0] = moments[2][0][1] = -10 * (0.5 + 1e-3);
    for (int i = 0; i < 3; i++) { // and nothing but those three
      moments[2][3][i] = moments[2][i][3] = 0;
    }
    Path close = Fixtures.capture(folder, source(moments, DType.F32, true));
    refusal(
        () -> importAll(close), "at head 2 has a negative eigenvalue in rows and columns 0 to 2");
  }

  /** Of one query alone a matrix has rank 1: rounding makes its other eigenvalues negative. */
  @Test
  void roundingIsNoNegativeDirection() {
    double[][][] moments = new double[HEADS][D][D];
    for (double[][] head : moments) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          head[i][j] = Math.pow(7.1, i) * Math.pow(7.1, j) / 3 * (i == j ? 1 - 0x1p-17 : 1);
        }
      }
    }
    assertEquals(1, importAll(Fixtures.capture(folder, source(moments, DType.F32, true))).added());
  }

  private static String header(String tensor, String shape, int bytes, String metadata) {
    return """
        {"__metadata__":{"format":"kv-capture/1","model":"m","prompt":"p","architecture":"A",\
        "tokens":"1","key_rope_stage":"pre","rope_type":"default","rope_layout":"half",\
        "rope_theta":"10000","first_position":"0","query_first_position":"0","attention_scale":"1",\
        "query_rope_stage":"pre"%s},
        "layers.0.key":{"dtype":"F32","shape":[2,1,2],"data_offsets":[0,16]},
        "layers.0.%s":{"dtype":"F32","shape":%s,"data_offsets":[16,%d]}%s}"""
        .formatted(
            metadata,
            tensor,
            shape,
            16 + bytes,
            tensor.equals("query_moment") && metadata.contains("with queries")
                ? ",\"layers.0.query\":{\"dtype\":\"F32\",\"shape\":[2,1,2],\"data_offsets\":[%d,%d]}"
                    .formatted(16 + bytes, 32 + bytes)
                : "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | [2,2,2] | 32 | metadata 'query_moment_rope_stage' is missing; expected post: the mean",
        "pre | [2,2,2] | 32 | metadata 'query_moment_rope_stage' is 'pre'; expected post",
        "none | [2,2,2] | 32 | metadata 'query_moment_rope_stage' is 'none'; expected post",
        "post | [4,2] | 32 | has shape [4, 2]; expected three sizes [heads, head_dim, head_dim]",
        "post | [2,3,2] | 48 | matrices of 3 rows and 2 columns; expected [heads, head_dim, head_dim]",
        "post | [3,2,2] | 48 | has 3 heads of dimension 2; expected a multiple of the 2 KV heads",
        "post | [2,3,3] | 72 | has 2 heads of dimension 3; expected a multiple of the 2 KV heads, of dimension 2",
        "post\",\"note\":\"with queries | [4,2,2] | 64 | has 4 heads, 'layers.0.query' has 2; expected one matrix per query head",
      })
  void refusesCaptures(String stage, String shape, int bytes, String expected) {
    String metadata = stage.isEmpty() ? "" : ",\"query_moment_rope_stage\":\"" + stage + "\"";
    Path file =
        Fixtures.raw(
            folder.resolve("x.safetensors"),
            header("query_moment", shape, bytes, metadata),
            16 + bytes + (metadata.contains("with queries") ? 16 : 0));
    refusal(() -> importAll(file), expected);
  }

  @Test
  void aModelWithoutRotaryEmbeddingHasNone() {
    Path file = Fixtures.capture(folder, source(moments(), DType.F32, false));
    importAll(file);
    assertTrue(
        reader().manifest().prompts().get(0).tensors().stream()
            .allMatch(tensor -> tensor.ropeStage() == RopeStage.NONE));
  }

  private void writeForeign(Path foreign, int firstRow, int rowsOfMoments, RopeStage stage)
      throws Exception {
    Files.createDirectories(foreign);
    Files.writeString(
        foreign.resolve("dataset.json"),
        """
        {"models":[{"model":"m","architecture":"A","query_heads":4,"kv_heads":2,"head_dim":6,
        "key_rope_stage":"pre","query_rope_stage":"pre","rope_type":"default","rope_layout":"half",
        "rope_theta":10000,"attention_scale":0.5}],
        "prompts":[{"model":"m","prompt":"p","tokens":9,"first_position":100}]}""",
        StandardCharsets.UTF_8);
    MemorySource source = source(moments(), DType.F32, true);
    Path file = foreign.resolve("a.parquet");
    Files.deleteIfExists(file);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                new Store(hadoop(foreign), CONF).output(hadoop(file), Hashes.sha256()))
            .withType(CanonicalSchema.written())
            .withConf(CONF)
            .build()) {
      for (var spec : source.tensors()) {
        boolean moment = spec.kind() == TensorKind.QUERY_MOMENT;
        int rows = moment ? rowsOfMoments : spec.shape().tokens();
        byte[] payload = new byte[rows * spec.rowBytes()];
        source.read(spec, 0, rows, payload);
        Group group = new SimpleGroup(CanonicalSchema.written());
        group.append("model", "m").append("prompt", "p").append("layer", spec.layer());
        group
            .append("kind", spec.kind().label())
            .append("token_start", moment ? firstRow : spec.firstPosition());
        group.append("tokens", rows).append("heads", spec.shape().heads()).append("head_dim", D);
        group.append("dtype", spec.dtype().label());
        group.append("rope_stage", (moment ? stage : spec.ropeStage()).label());
        group.append("payload", Binary.fromConstantByteArray(payload));
        writer.write(group);
      }
    }
  }

  @Test
  void comeFromParquetOfOtherWriters() throws Exception {
    Path foreign = folder.resolve("foreign");
    writeForeign(foreign, 0, D, RopeStage.POST);
    importAll(foreign);
    Fixtures.assertSame(
        tensor(moments(), DType.F32, RopeStage.POST),
        reader().read(new PromptKey("m", "p"), 3, TensorKind.QUERY_MOMENT));
    assertEquals(List.of(), verify());
    writeForeign(folder.resolve("short"), 0, D - 1, RopeStage.POST);
    refusal(
        () -> importAll(folder.resolve("short")),
        "m/p layer 3 query_moment: the blocks end before row 5, the matrices before row 6");
    writeForeign(folder.resolve("gap"), 1, D - 1, RopeStage.POST);
    refusal(
        () -> importAll(folder.resolve("gap")),
        "m/p layer 3 query_moment rows 1 to 5 begins at row 1, expected 0: the rows between are in no block");
    writeForeign(folder.resolve("pre"), 0, D, RopeStage.PRE);
    refusal(
        () -> importAll(folder.resolve("pre")),
        "m/p layer 3 query_moment rows 0 to 5 has 4 heads x 6 channels, stage pre; model 'm' has 4 x 6, stage post");
  }

  /** A capture of the model above; queries, if any, rotated, keys not. */
  private static MemorySource prompt(String prompt, boolean queries) {
    MemorySource moments = source(moments(), DType.F32, true);
    ModelInfo m = moments.model();
    if (!queries) { // as datasets/README.md has it: nobody tells the stage of queries
      return new MemorySource(
          m,
          new PromptHead("m", prompt, KEYS.tokens(), 100, OptionalInt.empty(), Map.of()),
          Map.of(3, tensors(moments)));
    }
    TensorShape shape = new TensorShape(1, HEADS, D);
    return new MemorySource(
        new ModelInfo(
            m.model(),
            m.architecture(),
            HEADS,
            2,
            D,
            RopeStage.PRE,
            RopeStage.POST,
            m.rope(),
            m.attentionScale()),
        new PromptHead("m", prompt, KEYS.tokens(), 100, OptionalInt.of(108), Map.of()),
        Map.of(
            3,
            List.of(
                tensors(moments).get(0),
                new KvTensor(
                    TensorKind.QUERY,
                    shape,
                    DType.F32,
                    RopeStage.POST,
                    108,
                    new float[shape.values()]))));
  }

  /** Moments are rotated in any case; how queries were captured only a capture of queries knows. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void captureOfMomentsGoesWithOneOfQueriesInEitherOrder(boolean queriesFirst) throws IOException {
    for (int i = 1; i <= 4; i++) {
      Files.createDirectories(folder.resolve("" + i));
    }
    Path first = Fixtures.capture(folder.resolve("1"), prompt("first", queriesFirst));
    Path second = Fixtures.capture(folder.resolve("2"), prompt("second", !queriesFirst));
    Path third = Fixtures.capture(folder.resolve("3"), prompt("third", queriesFirst));
    importAll(first);
    importAll(second, third);
    assertEquals(RopeStage.POST, reader().manifest().model("m").queryStage());
    assertEquals(List.of(), verify());
    Path pre =
        Fixtures.capture(
            folder.resolve("4"),
            new MemorySource(
                model(true),
                new PromptHead("m", "fourth", KEYS.tokens(), 100, OptionalInt.of(108), Map.of()),
                Map.of(
                    3,
                    List.of(
                        new KvTensor(
                            TensorKind.KEY,
                            KEYS,
                            DType.F16,
                            RopeStage.PRE,
                            100,
                            new float[KEYS.values()]),
                        new KvTensor(
                            TensorKind.QUERY,
                            new TensorShape(1, HEADS, D),
                            DType.F32,
                            RopeStage.PRE,
                            108,
                            new float[HEADS * D])))));
    refusal(() -> importAll(pre), "query_rope_stage is pre, expected post");
  }
}
