package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DeclaredBytesTest extends DatasetTestBase {
  private static final String KEY = "declared_bytes.layers.0.key";
  private static final String VALUE = "declared_bytes.layers.0.value";

  private Path capture(Map<String, String> metadata) {
    TensorShape shape = new TensorShape(3, 1, 2);
    float[] data = {1, 2, 3, 4, 5, 6};
    return Fixtures.capture(
        folder,
        new MemorySource(
            Fixtures.model("m", 0, 1, 2),
            new PromptHead("m", "p", 3, 0, OptionalInt.empty(), metadata),
            Map.of(
                0,
                List.of(
                    new KvTensor(TensorKind.KEY, shape, DType.F32, RopeStage.PRE, 0, data),
                    new KvTensor(TensorKind.VALUE, shape, DType.F32, RopeStage.NONE, 0, data)))));
  }

  @Test
  void surviveTheImport() {
    importAll(capture(Map.of(KEY, "12", VALUE, "123456789012", "method", "mine")));
    Map<String, String> metadata = open().manifest().prompt("m", "p").metadata();
    assertEquals(Map.of(KEY, "12", VALUE, "123456789012", "method", "mine"), metadata);
    assertEquals(OptionalLong.of(12), DeclaredBytes.of(metadata, "layers.0.key", "here"));
    assertEquals(
        OptionalLong.of(123456789012L), DeclaredBytes.of(metadata, "layers.0.value", "here"));
    assertEquals(OptionalLong.empty(), DeclaredBytes.of(metadata, "layers.1.value", "here"));
  }

  @Test
  void otherSizesAreOtherContent() {
    importAll(capture(Map.of(KEY, "12", VALUE, "13")));
    assertEquals(1, importAll(capture(Map.of(KEY, "12", VALUE, "13"))).unchanged());
    refusal(
        () -> importAll(capture(Map.of(KEY, "12", VALUE, "14"))),
        "is in the dataset already with other content",
        "metadata '" + VALUE + "' is 14, known: 13");
    refusal(
        () -> importAll(capture(Map.of(KEY, "1", VALUE, "1000000000000000000"))),
        "expected the bytes of the compressed tensor, an integer from 1 to 999999999999999999");
    refusal(() -> importAll(capture(Map.of())), "metadata '" + KEY + "' is not given, known: 12");
  }

  @Test
  void aReconstructionBelongsIntoADatasetOfItsOwn() {
    importAll(capture(Map.of()));
    refusal(
        () -> importAll(capture(Map.of(KEY, "12", VALUE, "13"))),
        "; it declares bytes: import a reconstruction into a dataset of its own, under the names of its capture");
  }

  @Test
  void sizesAtOtherLengthsAreOptionalAndContent() {
    String at4k = "declared_bytes_4k.layers.0.key";
    importAll(capture(Map.of(KEY, "12", VALUE, "13", at4k, "77")));
    Map<String, String> metadata = open().manifest().prompt("m", "p").metadata();
    assertEquals(OptionalLong.of(77), DeclaredBytes.of(metadata, "4k", "layers.0.key", "here"));
    assertEquals(OptionalLong.empty(), DeclaredBytes.of(metadata, "32k", "layers.0.key", "here"));
    refusal(
        () -> importAll(capture(Map.of(KEY, "12", VALUE, "13", at4k, "78"))),
        "metadata '" + at4k + "' is 78, known: 77");
    refusal(
        () -> importAll(capture(Map.of(KEY, "12", VALUE, "13", at4k, "none"))),
        "metadata '" + at4k + "' is 'none'; expected the bytes of the compressed tensor");
    String wrong = "declared_bytes_128k.layers.1.key";
    refusal(
        () -> importAll(capture(Map.of(KEY, "12", VALUE, "13", wrong, "1"))),
        "metadata '" + wrong + "' names no key or value tensor of the capture");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    for (String bad : List.of("0", "-1", "1.5", "", "1e3", "9999999999999999999")) {
      refusal(
          () -> importAll(capture(Map.of(KEY, bad, VALUE, "1"))),
          "metadata '" + KEY + "' is '" + bad + "'; expected the bytes of the compressed tensor");
    }
    refusal(
        () -> importAll(capture(Map.of(KEY, "1"))),
        "metadata '" + VALUE + "' is missing, while other tensors declare their bytes");
    refusal(
        () -> importAll(capture(Map.of(KEY, "1", VALUE, "1", "declared_bytes.layers.00.key", "1"))),
        "metadata 'declared_bytes.layers.00.key' names no key or value tensor of the capture");
    assertFalse(root().resolve("dataset.json").toFile().exists());
  }
}
