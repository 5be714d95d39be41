package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForeignImportTest extends DatasetTestBase {
  /** As pyarrow writes it: everything optional, wide integers, a column that is not ours. */
  private static final String SCHEMA =
      """
      message schema {
        optional binary note (STRING);
        optional binary model (STRING);
        optional binary prompt (STRING);
        optional int64 layer;
        optional binary kind (STRING);
        optional int64 token_start;
        optional int64 tokens;
        optional int32 heads;
        optional int32 head_dim;
        optional binary dtype (STRING);
        optional binary rope_stage (STRING);
        optional binary payload;
        optional int64 crc32c;
      }""";

  private static final String MANIFEST =
      """
      {"models":[{"model":"m","architecture":"A","query_heads":4,"kv_heads":2,"head_dim":8,
      "key_rope_stage":"pre","query_rope_stage":"pre","rope_type":"default","rope_layout":"half",
      "rope_theta":10000,"attention_scale":0.125}],
      "prompts":[{"model":"m","prompt":"p","tokens":50,"first_position":0,
      "query_first_position":40}]}""";

  private final MemorySource source =
      Fixtures.source("m", "p", 2, new TensorShape(50, 2, 8), DType.F16, 10, 1);
  private final MessageType schema = MessageTypeParser.parseMessageType(SCHEMA);
  private Path foreign;

  @BeforeEach
  void makeFolder() throws Exception {
    foreign = Files.createDirectories(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("dataset.json"), MANIFEST);
  }

  private List<Group> rows(int step) {
    List<Group> out = new ArrayList<>();
    for (TensorSpec spec : source.tensors()) {
      for (int row = 0; row < spec.shape().tokens(); row += step) {
        int count = Math.min(step, spec.shape().tokens() - row);
        byte[] payload = new byte[count * spec.rowBytes()];
        source.read(spec, row, count, payload);
        Group group = new SimpleGroup(schema);
        group.append("note", "whatever").append("model", "m").append("prompt", "p");
        group.append("layer", (long) spec.layer()).append("kind", spec.kind().label());
        group.append("token_start", (long) spec.firstPosition() + row);
        group.append("tokens", (long) count).append("heads", spec.shape().heads());
        group.append("head_dim", spec.shape().headDim()).append("dtype", "f16");
        group.append("rope_stage", spec.ropeStage().label());
        group.append("payload", Binary.fromConstantByteArray(payload));
        out.add(group);
      }
    }
    return out;
  }

  private Path write(String name, MessageType type, List<Group> rows) throws Exception {
    Path file = foreign.resolve(name);
    Files.deleteIfExists(file);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                new Store(hadoop(foreign), CONF).output(hadoop(file), Hashes.sha256()))
            .withType(type)
            .withConf(CONF)
            .build()) {
      for (Group row : rows) {
        writer.write(row);
      }
    }
    return file;
  }

  private ImportSummary inPlace() {
    return new CaptureImporter(hadoop(foreign), CONF, line -> {})
        .importPaths(List.of(foreign.toString()));
  }

  private void assertReadable(Path root) {
    TensorReader reader = TensorReader.open(root.toString(), CONF);
    for (int i = 0; i < source.tensors().size(); i++) {
      TensorSpec spec = source.tensors().get(i);
      Fixtures.assertSame(
          tensors(source).get(i), reader.read(key(source), spec.layer(), spec.kind()));
    }
    assertEquals(7, reader.read(key(source), 1, TensorKind.VALUE, 13, 7).shape().tokens());
    assertEquals(List.of(), DatasetVerifier.verify(hadoop(root), CONF, line -> {}).problems());
  }

  @Test
  void completesInPlaceAndRewritesElsewhereWithTheSameHashes() throws Exception {
    List<Group> rows = rows(7);
    Collections.shuffle(rows, new Random(1)); // any order, over two files
    write("a.parquet", schema, rows.subList(0, 20));
    Files.createDirectories(foreign.resolve("sub"));
    write("sub/b.parquet", schema, rows.subList(20, rows.size()));
    Path capture = Fixtures.capture(folder, source);
    new CaptureImporter(hadoop(folder.resolve("reference")), CONF, line -> {})
        .importPaths(List.of(capture.toString()));
    importAll(foreign);
    assertReadable(root());
    assertEquals(1, inPlace().added());
    assertReadable(foreign);
    assertEquals(1, inPlace().unchanged());
    DatasetManifest reference = Dataset.open(hadoop(folder.resolve("reference")), CONF).manifest();
    for (Path root : List.of(root(), foreign)) {
      DatasetManifest manifest = Dataset.open(hadoop(root), CONF).manifest();
      assertEquals(reference.prompts().get(0).tensors(), manifest.prompts().get(0).tensors());
    }
    assertEquals(
        List.of("a.parquet", "sub/b.parquet"),
        Dataset.open(hadoop(foreign), CONF).manifest().files().stream()
            .map(DataFile::path)
            .toList());
    assertTrue(importAll(folder.resolve("foreign/a*"), foreign).unchanged() >= 1);
  }

  @Test
  void inPlaceHoweverTheFolderIsSpelt() throws Exception {
    write("a.parquet", schema, rows(50));
    for (String out : List.of(foreign.toString(), foreign + "/", foreign.toUri().toString())) {
      ImportSummary summary =
          new CaptureImporter(new org.apache.hadoop.fs.Path(out), CONF, line -> {})
              .importPaths(List.of(foreign.toString()));
      assertEquals(1, summary.added() + summary.unchanged(), out);
      assertReadable(foreign);
    }
  }

  @Test
  void namedFilesAreEnough() throws Exception {
    Path file = write("a.parquet", schema, rows(50));
    assertEquals(1, importAll(file).added());
    assertReadable(root());
    Path lonely = Files.copy(file, folder.resolve("lonely.parquet"));
    refusal(() -> importAll(lonely), "no dataset.json beside it");
  }

  private void refusedInPlace(String expected) throws Exception {
    String before = Files.readString(foreign.resolve("dataset.json"));
    refusal(this::inPlace, foreign.toString(), expected);
    refusal(() -> importAll(foreign), foreign.toString(), expected);
    assertEquals(before, Files.readString(foreign.resolve("dataset.json")));
    assertTrue(Files.notExists(root()));
  }

  private void refusedAfter(Consumer<List<Group>> change, String expected) throws Exception {
    List<Group> rows = rows(25);
    change.accept(rows);
    write("a.parquet", schema, rows);
    refusedInPlace(expected);
  }

  private static Group with(Group row, String column, Object value) {
    SimpleGroup group = (SimpleGroup) row;
    int index = group.getType().getFieldIndex(column);
    Group copy = new SimpleGroup(group.getType());
    for (int i = 0; i < group.getType().getFieldCount(); i++) {
      String name = group.getType().getFieldName(i);
      if (i == index) {
        if (value instanceof String text) {
          copy.add(i, text);
        } else if (value instanceof Long number) {
          copy.add(i, number);
        } else if (value instanceof Integer number) {
          copy.add(i, number);
        } else if (value instanceof byte[] bytes) {
          copy.add(i, Binary.fromConstantByteArray(bytes));
        }
      } else if (group.getFieldRepetitionCount(name) > 0) {
        switch (group.getType().getType(i).asPrimitiveType().getPrimitiveTypeName()) {
          case INT32 -> copy.add(i, group.getInteger(i, 0));
          case INT64 -> copy.add(i, group.getLong(i, 0));
          default -> copy.add(i, group.getBinary(i, 0));
        }
      }
    }
    return copy;
  }

  private void refusedWith(String column, Object value, String expected) throws Exception {
    refusedAfter(rows -> rows.set(1, with(rows.get(1), column, value)), expected);
  }

  @Test
  void refusesRowsThatAreWrong() throws Exception {
    refusedWith("layer", null, "row group 0, row 1: column 'layer' is null");
    refusedWith("payload", null, "row group 0, row 1: column 'payload' is null");
    refusedWith("layer", -1L, "column 'layer' is -1; expected 0 to 2147483647");
    refusedWith("tokens", 1L << 40, "column 'tokens' is 1099511627776");
    refusedWith("kind", "k", "column 'kind': unknown kind 'k'");
    refusedWith("dtype", "f64", "row group 0, row 1: column 'dtype': unknown dtype 'f64'");
    refusedWith("dtype", "float16", "unknown dtype 'float16': expected f16, bf16 or f32");
    refusedWith("rope_stage", "rope", "column 'rope_stage': unknown rotary stage 'rope'");
    refusedWith("dtype", "bf16", "is bf16, its tensor begins with f16");
    refusedWith("rope_stage", "post", "stage post; model 'm' has 2 x 8, stage pre");
    refusedWith(
        "heads",
        3,
        "row 1: m/p layer 0 key tokens 25 to 49 has 3 heads x 8 channels, stage pre; model 'm' has 2 x 8, stage pre: write the block again, or correct the model in dataset.json");
    refusedWith(
        "payload",
        new byte[30],
        "row group 0, row 1: m/p layer 0 key tokens 25 to 49: payload has 30 bytes; expected 800 (25 tokens x 2 heads x 8 channels x 2 bytes of f16): write the numbers");
    refusedWith("crc32c", 5L, "the row says 5; the block is damaged");
    refusedWith("crc32c", -5L, "column 'crc32c' is -5; expected 0 to 4294967295");
    refusedWith("token_start", 24L, "begins at token 24, expected 25: blocks overlap");
    refusedWith(
        "token_start",
        26L,
        "row group 0, row 1: m/p layer 0 key tokens 26 to 50 begins at token 26, expected 25: the tokens between are in no block; write every token once");
    refusedWith("tokens", 24L, "the blocks end before token 49, the prompt before token 50");
    refusedWith("prompt", "q", "hold prompt 'm/q', which dataset.json does not list");
    byte[] nan = new byte[800];
    nan[401] = 0x7e; // element 200: token 12 of the block, head 1, channel 0
    refusedWith("payload", nan, "tensor 'layers.0.key' holds NaN at head 1, token 37, channel 0");
    refusedAfter(
        rows -> rows.remove(0), "row 0: m/p layer 0 key tokens 25 to 49 begins at token 25");
    refusedAfter(
        rows -> rows.add(rows.get(0)),
        "row 10: m/p layer 0 key tokens 0 to 24 begins at token 0, expected 25: blocks overlap");
    refusedAfter(List::clear, "hold no keys and no values of prompt 'm/p'");
  }

  @Test
  void refusesColumnsThatAreMissingOrOfAnotherType() throws Exception {
    List<Group> none = List.of();
    write("a.parquet", type(" optional int64 layer;", ""), none);
    refusedInPlace("a.parquet: missing column layer; expected model, prompt, layer");
    write("a.parquet", type("optional binary payload", "repeated binary payload"), none);
    refusedInPlace("column 'payload' is 'repeated binary payload'; expected binary, the bytes");
    String list =
        "optional group payload (LIST) { repeated group list { optional float element; } }";
    write("a.parquet", type("optional binary payload;", list), none);
    refusedInPlace(
        "column 'payload' is '" + list + "'; expected binary, the bytes of the block's numbers");
    write("a.parquet", type("optional int32 heads", "optional double heads"), none);
    refusedInPlace("column 'heads' is 'optional double heads'; expected an integer");
    String decimal = "optional int32 heads (DECIMAL(9,2))";
    write("a.parquet", type("optional int32 heads", decimal), none);
    refusedInPlace("column 'heads' is '" + decimal + "'; expected an integer, int32 or int64");
    write("a.parquet", type("optional binary dtype (STRING)", "optional int32 dtype"), none);
    refusedInPlace("column 'dtype' is 'optional int32 dtype'; expected a string");
    write("a.parquet", type(" optional int64 crc32c;", ""), none);
    refusedInPlace("hold no keys and no values"); // the checksum may be missing
    Files.delete(foreign.resolve("a.parquet"));
    refusedInPlace("no *.parquet files");
  }

  private static MessageType type(String from, String to) {
    assertTrue(SCHEMA.contains(from));
    return MessageTypeParser.parseMessageType(SCHEMA.replace(from, to));
  }

  @Test
  void blocksTooLargeForReadersAreOnlyCutElsewhere() throws Exception {
    TensorShape shape = new TensorShape(70_000, 2, 64); // 17.9 MB
    MemorySource large = Fixtures.source("m", "p", 1, shape, DType.F16, 0, 1);
    List<Group> rows = new ArrayList<>();
    for (TensorSpec spec : large.tensors()) {
      byte[] payload = new byte[(int) spec.bytes()];
      large.read(spec, 0, 70_000, payload);
      Group group = new SimpleGroup(schema);
      group.append("model", "m").append("prompt", "p").append("layer", 0L);
      group.append("kind", spec.kind().label()).append("token_start", 0L);
      group.append("tokens", 70_000L).append("heads", 2).append("head_dim", 64);
      group.append("dtype", "f16").append("rope_stage", spec.ropeStage().label());
      group.append("payload", Binary.fromConstantByteArray(payload));
      rows.add(group.append("crc32c", Hashes.crc32c(payload, payload.length)));
    }
    write("a.parquet", schema, rows);
    Files.writeString(
        foreign.resolve("dataset.json"),
        MANIFEST
            .replace("\"head_dim\":8", "\"head_dim\":64")
            .replace("\"tokens\":50", "\"tokens\":70000"));
    refusal(this::inPlace, "has 17920000 bytes; a block may have 16777216", "another --out");
    importAll(foreign);
    Fixtures.assertSame(tensors(large).get(0), reader().read(key(large), 0, TensorKind.KEY));
  }
}
