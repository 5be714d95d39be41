package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DamageTest extends DatasetTestBase {
  private static final TensorShape SHAPE = new TensorShape(64, 2, 16);

  private final MemorySource source = Fixtures.source("m", "p", 1, SHAPE, DType.F16, 0, 1);
  private Path file;
  private byte[] bytes;

  @BeforeEach
  void importOne() throws Exception {
    importAll(Fixtures.capture(folder, source));
    file = onlyParquet();
    bytes = Files.readAllBytes(file);
  }

  private int payloadStart() {
    byte[] payload = new byte[64];
    source.read(source.tensors().get(0), 0, 1, payload);
    for (int i = 0; i < bytes.length - 64; i++) {
      if (Arrays.equals(bytes, i, i + 64, payload, 0, 64)) {
        return i;
      }
    }
    throw new AssertionError("no payload found");
  }

  @Test
  void aFlippedPayloadByteIsFound() throws Exception {
    bytes[payloadStart() + 1000] ^= 4;
    Files.write(file, bytes);
    refusal(
        () -> reader().read(key(source), 0, TensorKind.KEY),
        file.toString(),
        "m/p layer 0 key tokens 0 to 63: crc32c of the payload is ");
    Fixtures.assertSame(tensors(source).get(1), reader().read(key(source), 0, TensorKind.VALUE));
    List<String> problems = verify();
    assertTrue(
        problems.get(0).contains("dataset.json says " + bytes.length + " bytes"),
        problems::toString);
    assertTrue(problems.get(1).contains("row group 0, row 0: m/p layer 0 key"), problems::toString);
    assertEquals(3, problems.size(), problems::toString); // file, key, value of the same row group
  }

  @Test
  void truncatedParquet() throws Exception {
    for (int length : new int[] {0, 3, 100, bytes.length / 2, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      refusal(
          () -> reader().read(key(source), 0, TensorKind.KEY), file + ": no readable Parquet file");
      assertEquals(2, verify().size());
    }
    Files.delete(file);
    refusal(() -> reader().read(key(source), 0, TensorKind.KEY), file + ": no such file");
    assertEquals(2, verify().size());
  }

  @Test
  void randomDamageGivesOneTypeOfExceptionOrTheRightValues() throws Exception {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 100; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      try {
        Fixtures.assertSame(tensors(source).get(0), reader().read(key(source), 0, TensorKind.KEY));
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().contains(root().toString()), e.getMessage());
      }
    }
  }

  @Test
  void verifyFindsAWrongTensorHashAndAMissingTensor() throws Exception {
    Path json = root().resolve("dataset.json");
    String text = Files.readString(json);
    String hash = open().manifest().prompts().get(0).tensors().get(1).sha256();
    Files.writeString(json, text.replace(hash, "0".repeat(64)));
    List<String> problems = verify();
    assertEquals(1, problems.size());
    assertTrue(
        problems.get(0).contains("layers.0.value: sha256 of the values is " + hash),
        problems::toString);
    Files.writeString(json, text.replace("\"layer\" : 0", "\"layer\" : 1"));
    assertTrue(verify().get(0).contains("prompt 'm/p': the files hold"), () -> verify().toString());
    refusal(
        () -> reader().read(key(source), 1, TensorKind.KEY),
        "token 0 is in no block",
        "layer 1 key");
  }
}
