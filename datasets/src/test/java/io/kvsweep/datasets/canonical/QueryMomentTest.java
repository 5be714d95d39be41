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

  @ParameterizedTest
  @EnumSource(DType.class)
  void comeBackToTheBitFromACapture(DType dtype) {
    for (boolean rope : new boolean[] {true, false}) {
      MemorySource source = source(moments(), dtype, rope);
      Path file = Fixtures.capture(folder, source);
      try (Capture capture = Capture.open(file)) {
        assertEquals(source.tensors(), capture.tensors());
        assertEquals(HEADS, capture.model().queryHeads());
      }
      Path out = root().resolve(dtype + " " + rope);
      new CaptureImporter(hadoop(out), CONF, line -> {}).importPaths(List.of(file.toString()));
      Dataset dataset = Dataset.open(hadoop(out), CONF);
      Fixtures.assertSame(
          tensors(source).get(1),
          new TensorReader(dataset).read(key(source), 3, TensorKind.QUERY_MOMENT));
      assertEquals(List.of(), DatasetVerifier.verify(hadoop(out), CONF, line -> {}).problems());
    }
  }

  /** What a program that rounds both halves on their own may write. */
  @ParameterizedTest
  @EnumSource(DType.class)
  void roundingIsNoAsymmetry(DType dtype) {
    double halfUnit = Map.of(DType.F16, 0x1p-11, DType.BF16, 0x1p-8, DType.F32, 0x1p-17).get(dtype);
    double[][][] moments = moments();
    for (double[][] head : moments) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < i; j++) {
          head[i][j] *= 1 + 0.9 * halfUnit;
          head[j][i] *= 1 - 0.9 * halfUnit;
        }
      }
    }
    assertEquals(1, importAll(Fixtures.capture(folder, source(moments, dtype, true))).added());
    // All queries alike: off the diagonal the bound is reached.
    double[][][] one = new double[HEADS][D][D];
    for (double[][] head : one) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          head[i][j] = (i + 0.3) * (j + 0.3) / 7;
        }
      }
    }
    MemorySource source = source(one, dtype, true);
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

  private void writeForeign(Path foreign, int rowsOfMoments, RopeStage stage) throws Exception {
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
        group.append("kind", spec.kind().label()).append("token_start", spec.firstPosition());
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
    writeForeign(foreign, D, RopeStage.POST);
    importAll(foreign);
    Fixtures.assertSame(
        tensor(moments(), DType.F32, RopeStage.POST),
        reader().read(new PromptKey("m", "p"), 3, TensorKind.QUERY_MOMENT));
    assertEquals(List.of(), verify());
    writeForeign(folder.resolve("short"), D - 1, RopeStage.POST);
    refusal(
        () -> importAll(folder.resolve("short")),
        "m/p layer 3 query_moment: the blocks end before row 5, the matrices before row 6");
    writeForeign(folder.resolve("pre"), D, RopeStage.PRE);
    refusal(
        () -> importAll(folder.resolve("pre")),
        "m/p layer 3 query_moment rows 0 to 5 has 4 heads x 6 channels, stage pre; model 'm' has 4 x 6, stage post");
  }
}
