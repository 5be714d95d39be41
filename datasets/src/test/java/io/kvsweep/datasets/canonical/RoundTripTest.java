package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest extends DatasetTestBase {
  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of(new TensorShape(1001, 3, 80), DType.F16, 64),
        Arguments.of(new TensorShape(130, 3, 96), DType.BF16, 130),
        Arguments.of(new TensorShape(33, 2, 64), DType.F32, 0),
        Arguments.of(new TensorShape(1, 1, 2), DType.F16, 1),
        Arguments.of(new TensorShape(9000, 4, 128), DType.F32, 0)); // 18.4 MB: two blocks
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyValueComesBack(TensorShape shape, DType dtype, int queries) throws Exception {
    MemorySource source = Fixtures.source("m", "p", 2, shape, dtype, queries, 5);
    ImportSummary summary = importAll(Fixtures.capture(folder, source));
    List<KvTensor> expected = tensors(source);
    assertEquals(
        new ImportSummary(
            1,
            0,
            expected.stream().mapToLong(t -> t.shape().values()).sum(),
            expected.stream().mapToLong(KvTensor::capturedBytes).sum()),
        summary);
    Dataset dataset = open();
    assertEquals(source.model(), dataset.manifest().model("m"));
    PromptInfo prompt = dataset.manifest().prompt("m", "p");
    assertEquals(source.prompt(), prompt.head());
    TensorReader reader = new TensorReader(dataset);
    for (int i = 0; i < expected.size(); i++) {
      TensorInfo info = prompt.tensors().get(i);
      assertEquals(source.tensors().get(i), info.spec());
      Fixtures.assertSame(expected.get(i), reader.read(prompt.key(), info.layer(), info.kind()));
    }
    assertEquals(List.of(), verify());
    assertTrue(snapshot(root()).keySet().stream().noneMatch(path -> path.endsWith(".crc")));
  }

  @Test
  void runsOfTokensAcrossBlocks() {
    TensorShape shape = new TensorShape(9000, 4, 128);
    MemorySource source = Fixtures.source("m", "p", 1, shape, DType.F32, 0, 6);
    importAll(Fixtures.capture(folder, source));
    float[] all = tensors(source).get(0).data();
    TensorReader reader = reader();
    for (int[] run : new int[][] {{0, 1}, {8191, 2}, {8192, 808}, {8999, 1}, {100, 8500}}) {
      KvTensor part = reader.read(key(source), 0, TensorKind.KEY, run[0], run[1]);
      assertEquals(run[0], part.firstPosition());
      assertTrue(
          Arrays.equals(all, run[0] * 512, (run[0] + run[1]) * 512, part.data(), 0, run[1] * 512));
    }
    for (int[] run : new int[][] {{-1, 2}, {8999, 2}, {5, 0}, {Integer.MAX_VALUE, 1}}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> reader.read(key(source), 0, TensorKind.KEY, run[0], run[1]))
              .getMessage();
      assertTrue(message.contains("leave the tensor's positions 0 to 8999"), message);
    }
  }

  @Test
  void queriesAreAddressedByPosition() {
    MemorySource source = Fixtures.source("m", "p", 1, new TensorShape(50, 1, 4), DType.F16, 10, 7);
    importAll(Fixtures.capture(folder, source));
    KvTensor all = reader().read(key(source), 0, TensorKind.QUERY);
    assertEquals(40, all.firstPosition());
    KvTensor part = reader().read(key(source), 0, TensorKind.QUERY, 45, 2);
    assertEquals(45, part.firstPosition());
    assertEquals(all.data()[5 * 8], part.data()[0]);
  }

  @Test
  void namesWhatIsThereWhenSomethingIsNot() {
    MemorySource source = Fixtures.source("m", "p", 2, new TensorShape(5, 1, 4), DType.F16, 0, 7);
    importAll(Fixtures.capture(folder, source));
    TensorReader reader = reader();
    refusal(
        () -> reader.read(key(source), 7, TensorKind.KEY),
        "prompt 'm/p' has no key of layer 7; it has layers [0, 1]");
    refusal(
        () -> reader.read(new PromptKey("m", "x"), 0, TensorKind.KEY),
        "no prompt 'm/x'; it has: m/p");
    refusal(() -> reader.manifest().model("x"), "no model 'x'; it has: m");
  }

  @Test
  void fileIsSortedWithOneRowPerPageAndPrunableGroups() throws Exception {
    MemorySource source = Fixtures.source("m", "p", 20, new TensorShape(64, 1, 8), DType.F16, 4, 8);
    importAll(Fixtures.capture(folder, source));
    BlockFile file = BlockFile.open(new Store(hadoop(root()), CONF), hadoop(onlyParquet()));
    assertEquals(
        List.of(32L, 28L), file.groups().stream().map(BlockMetaData::getRowCount).toList());
    file.groups()
        .forEach(
            group ->
                group
                    .getColumns()
                    .forEach(
                        column -> {
                          boolean payload = column.getPath().toDotString().equals("payload");
                          assertEquals(payload, column.getStatistics().isEmpty());
                          assertEquals("UNCOMPRESSED", column.getCodec().name());
                        }));
    StringBuilder order = new StringBuilder();
    file.readGroup(
        0, false, block -> order.append(block.layer()).append(block.kind().label().charAt(0)));
    assertTrue(order.toString().startsWith("0k0q0v1k1q1v2k"), order.toString());
    List<Block> read = new ArrayList<>();
    TensorInfo wanted =
        open().manifest().prompt("m", "p").tensor(17, TensorKind.VALUE).orElseThrow();
    file.read(TensorReader.filter(file.schema(), key(source), wanted, 0, 64), read::add);
    assertEquals(1, read.size(), "the page index must leave only the block that is wanted");
  }

  @Test
  void largeBlocksGetSmallRowGroups() throws Exception {
    MemorySource source =
        Fixtures.source("m", "p", 2, new TensorShape(8192, 4, 128), DType.F32, 0, 9); // 16 MiB each
    importAll(Fixtures.capture(folder, source));
    BlockFile file = BlockFile.open(new Store(hadoop(root()), CONF), hadoop(onlyParquet()));
    assertEquals(List.of(2L, 2L), file.groups().stream().map(BlockMetaData::getRowCount).toList());
    assertEquals(Files.size(onlyParquet()), open().manifest().files().get(0).bytes());
  }

  @Test
  void aPartOfTheManifestIsEnoughToRead() {
    MemorySource a = Fixtures.source("m", "a", 1, new TensorShape(5, 1, 4), DType.F16, 0, 1);
    MemorySource b = Fixtures.source("m", "b", 1, new TensorShape(5, 1, 4), DType.F16, 0, 2);
    importAll(Fixtures.capture(folder, a), Fixtures.capture(folder, b));
    DatasetManifest part = open().manifest().only(List.of(key(b)));
    assertEquals(1, part.prompts().size());
    assertEquals(1, part.files().size());
    DatasetManifest sent = DatasetManifest.fromJson(part.toJson(), "task");
    assertEquals(part, sent);
    Fixtures.assertSame(
        tensors(b).get(0),
        new TensorReader(root().toString(), CONF, sent).read(key(b), 0, TensorKind.KEY));
  }
}
