package io.kvsweep.datasets.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
  private static final String META =
      "\"__metadata__\":{\"format\":\"kv-capture/1\",\"model\":\"m\",\"prompt\":\"p\","
          + "\"architecture\":\"A\",\"tokens\":\"2\",\"key_rope_stage\":\"none\","
          + "\"first_position\":\"0\",\"attention_scale\":\"0.5\"}";

  @TempDir Path folder;

  private static String tensor(String name, String dtype, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, dtype, shape, offsets);
  }

  private static String key(String offsets) {
    return tensor("layers.0.key", "F16", "[1,2,4]", offsets);
  }

  private static String value(String offsets) {
    return tensor("layers.0.value", "F16", "[1,2,4]", offsets);
  }

  private String refusal(Path file) {
    String message =
        assertThrows(InvalidInputException.class, () -> Capture.open(file).close()).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    return message;
  }

  private void assertRefused(Path file, String expected) {
    String message = refusal(file);
    assertTrue(message.contains(expected), "'" + message + "' lacks '" + expected + "'");
  }

  static Stream<Arguments> headers() {
    String both = META + "," + key("[0,16]") + ",";
    return Stream.of(
        Arguments.of("{" + META + "," + key("[0,16]"), 16, "malformed JSON at line 1"),
        Arguments.of("[1]", 0, "does not begin with '{'"),
        Arguments.of(" {}", 0, "does not begin with '{'"),
        Arguments.of("{" + META + "," + key("[0,16]") + "} x", 16, "malformed JSON"),
        Arguments.of("{" + both + key("[0,16]") + "}", 16, "Duplicate field 'layers.0.key'"),
        Arguments.of("{" + both + value("[8,24]") + "}", 24, "overlapping tensor 'layers.0.key'"),
        Arguments.of("{" + both + value("[0,16]") + "}", 16, "overlapping tensor"),
        Arguments.of("{" + both + value("[20,36]") + "}", 36, "leaving a hole after tensor"),
        Arguments.of("{" + META + "," + key("[4,20]") + "}", 20, "leaving a hole after the header"),
        Arguments.of(
            "{" + META + "," + key("[0,16]") + "}",
            18,
            "end at data byte 16, but the file holds 18"),
        Arguments.of(
            "{" + META + "," + key("[-16,0]") + "}", 16, "data_offsets [-16, 0]; expected"),
        Arguments.of("{" + META + "," + key("[16,0]") + "}", 16, "data_offsets [16, 0]; expected"),
        Arguments.of("{" + META + "," + key("[0]") + "}", 16, "data_offsets [0]; expected"),
        Arguments.of(
            "{" + META + "," + key("[0,16]") + "}",
            12,
            "ends at data byte 16, but the file holds 12"),
        Arguments.of(
            "{" + META + "," + key("[0,9223372036854775807]") + "}", 16, "it is truncated"),
        Arguments.of(
            "{" + META + "," + key("[0,9223372036854775808]") + "}",
            16,
            "'data_offsets[1]' must be an integer"),
        Arguments.of(
            "{" + META + "," + key("[0,14]") + "}",
            14,
            "needs 16 bytes, but its data_offsets [0, 14] span 14"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "I8", "[1,2,8]", "[0,16]") + "}",
            16,
            "unknown dtype 'I8'"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "F16", "[2,4]", "[0,16]") + "}",
            16,
            "expected three sizes"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "F16", "[1,2,-4]", "[0,16]") + "}",
            16,
            "'shape[2]' must be an integer of at least 0, found -4"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "F16", "[1,0,4]", "[0,0]") + "}",
            0,
            "expected sizes from 1"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "F16", "[1,2.5,4]", "[0,16]") + "}",
            16,
            "'shape[1]' must be an integer"),
        Arguments.of(
            "{"
                + META
                + ","
                + tensor("layers.0.key", "F16", "[4294967296,4294967296,4294967296]", "[0,0]")
                + "}",
            0,
            "more than 2^63 bytes"),
        Arguments.of(
            "{" + META + ",\"layers.0.key\":{\"dtype\":\"F16\",\"shape\":[1,2,4]}}",
            16,
            "'data_offsets' is missing"),
        Arguments.of("{" + META + ",\"layers.0.key\":7}", 16, "expected a JSON object, found 7"),
        Arguments.of("{" + META + "}", 0, "holds no key and no value"),
        Arguments.of("{}", 0, "metadata 'format' is missing"),
        Arguments.of("{\"__metadata__\":{\"format\":1}}", 0, "'format' must be a string, found 1"),
        Arguments.of(
            "{" + META + "," + tensor("layer.0.key", "F16", "[1,2,4]", "[0,16]") + "}",
            16,
            "unknown tensor 'layer.0.key'"),
        Arguments.of(
            "{" + META + "," + tensor("layers.01.key", "F16", "[1,2,4]", "[0,16]") + "}",
            16,
            "unknown tensor"),
        Arguments.of(
            "{" + META + "," + tensor("layers.0.key", "F16", "[1,4,2]", "[0,16]") + "}",
            16,
            "metadata 'tokens' is 2, but tensor 'layers.0.key' of shape [1, 4, 2] holds 4"),
        Arguments.of(
            "{" + both + tensor("layers.0.value", "F16", "[2,2,2]", "[16,32]") + "}",
            32,
            "tensors differ: 'layers.0.key' is [2, 1, 4], 'layers.0.value' is [2, 2, 2]"),
        Arguments.of(
            "{" + both + tensor("layers.1.key", "F16", "[1,4,4]", "[16,48]") + "}",
            48,
            "layers of different shapes are not supported"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void refusesHeader(String header, int dataBytes, String expected) {
    assertRefused(Fixtures.raw(folder.resolve("c.safetensors"), header, dataBytes), expected);
  }

  @Test
  void refusesShortAndLyingFiles() throws Exception {
    Path file = folder.resolve("c.safetensors");
    assertRefused(folder.resolve("missing.safetensors"), "no such file");
    assertRefused(Files.write(file, new byte[0]), "the file is empty");
    assertRefused(Files.write(file, new byte[5]), "only 5 bytes");
    assertRefused(folder, "cannot be read");
    for (long length : new long[] {0, 1, 11, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      ByteBuffer bytes = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      assertRefused(
          Files.write(file, bytes.array()),
          "announces a header of " + Long.toUnsignedString(length) + " bytes, but 10 bytes follow");
    }
    byte[] notUtf8 = {3, 0, 0, 0, 0, 0, 0, 0, '{', (byte) 0xff, '}'};
    assertRefused(Files.write(file, notUtf8), "not valid UTF-8");
  }

  @Test
  void everyTruncationAndManyFlipsGiveOneTypeOfException() throws Exception {
    Path good =
        Fixtures.raw(folder.resolve("g.safetensors"), "{" + META + "," + key("[0,16]") + "}", 16);
    Capture.open(good).close();
    byte[] bytes = Files.readAllBytes(good);
    Path bad = folder.resolve("b.safetensors");
    for (int length = 0; length < bytes.length; length++) {
      refusal(Files.write(bad, Arrays.copyOf(bytes, length)));
    }
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 3000; i++) {
      byte[] flipped = bytes.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        Capture.open(Files.write(bad, flipped)).close();
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().startsWith(bad.toString()), e.getMessage());
      }
    }
  }

  static Stream<Arguments> metadata() {
    return Stream.of(
        Arguments.of(
            "format",
            "kv-capture/2",
            "metadata 'format' is 'kv-capture/2'; expected 'kv-capture/1'"),
        Arguments.of("model", " ", "metadata 'model' is ' '; expected a name"),
        Arguments.of(
            "model",
            "all models",
            "a model must not be named 'all models', as tables name their lines over models; rename it"),
        Arguments.of("prompt", null, "metadata 'prompt' is missing"),
        Arguments.of("architecture", null, "metadata 'architecture' is missing"),
        Arguments.of("tokens", "two", "metadata 'tokens' is 'two'; expected an integer from 1"),
        Arguments.of("tokens", "0", "metadata 'tokens' is '0'"),
        Arguments.of("tokens", "99999999999", "metadata 'tokens'"),
        Arguments.of("tokens", null, "metadata 'tokens' is missing"),
        Arguments.of("first_position", "-1", "metadata 'first_position' is '-1'"),
        Arguments.of("first_position", "2147483647", "outside the prompt's 2147483647 to"),
        Arguments.of("key_rope_stage", "before", "expected pre, post or none"),
        Arguments.of("key_rope_stage", null, "metadata 'key_rope_stage' is missing"),
        Arguments.of("query_rope_stage", null, "metadata 'query_rope_stage' is missing"),
        Arguments.of("query_first_position", null, "metadata 'query_first_position' is missing"),
        Arguments.of("query_first_position", "2", "positions 2 to 2, outside the prompt's 0 to 1"),
        Arguments.of("rope_type", "yarn", "metadata 'rope_type' is 'yarn'; expected 'default'"),
        Arguments.of("rope_layout", "interleaved", "expected 'half'"),
        Arguments.of("rope_theta", null, "metadata 'rope_theta' is missing"),
        Arguments.of("rope_theta", "NaN", "metadata 'rope_theta' is 'NaN'"),
        Arguments.of("rope_theta", "1", "expected a finite number above 1"),
        Arguments.of("attention_scale", "1e999", "expected a finite number above 0"),
        Arguments.of("attention_scale", "-0.5", "expected a finite number above 0"),
        Arguments.of("attention_scale", "0x1p3", "expected a finite number above 0"));
  }

  @ParameterizedTest
  @MethodSource("metadata")
  void refusesMetadata(String key, String value, String expected) {
    java.util.Map<String, String> all = new java.util.TreeMap<>();
    for (String pair :
        ("format=kv-capture/1 model=m prompt=p architecture=A tokens=2 first_position=0"
                + " query_first_position=1 key_rope_stage=pre query_rope_stage=pre rope_type=default"
                + " rope_layout=half rope_theta=1e4 attention_scale=0.5 extra=kept")
            .split(" ")) {
      all.put(pair.split("=")[0], pair.split("=")[1]);
    }
    String tensors = key("[0,16]") + "," + tensor("layers.0.query", "F16", "[3,1,4]", "[16,40]");
    Path file = folder.resolve("c.safetensors");
    try (Capture capture = Capture.open(Fixtures.raw(file, header(all, tensors), 40))) {
      assertEquals(java.util.Map.of("extra", "kept"), capture.prompt().metadata());
      assertEquals(3, capture.model().queryHeads());
    }
    if (value == null) {
      all.remove(key);
    } else {
      all.put(key, value);
    }
    assertRefused(Fixtures.raw(file, header(all, tensors), 40), expected);
  }

  private static String header(java.util.Map<String, String> metadata, String tensors) {
    java.util.List<String> pairs = new java.util.ArrayList<>();
    metadata.forEach((k, v) -> pairs.add("\"" + k + "\":\"" + v + "\""));
    return "{\"__metadata__\":{" + String.join(",", pairs) + "}," + tensors + "}";
  }

  /** What to do about a rotary embedding that is not supported, and that it works. */
  @Test
  void otherRotaryEmbeddingsAreCapturedAfterIt() {
    String other =
        META.replace(
            "\"key_rope_stage\":\"none\"",
            "\"key_rope_stage\":\"post\",\"rope_type\":\"llama3\",\"rope_layout\":\"half\",\"rope_theta\":\"1e4\"");
    String tensor = key("[0,16]");
    assertRefused(
        Fixtures.raw(folder.resolve("c.safetensors"), "{" + other + "," + tensor + "}", 16),
        "metadata 'rope_type' is 'llama3'; expected 'default', the only one supported; for others"
            + " capture keys and queries after the rotary embedding and give both stages as none");
    String told = other.replace("\"post\"", "\"none\"");
    Path file = Fixtures.raw(folder.resolve("d.safetensors"), "{" + told + "," + tensor + "}", 16);
    try (Capture capture = Capture.open(file)) {
      assertEquals(java.util.Optional.empty(), capture.model().rope());
    }
  }

  @Test
  void aTransposedTensorIsShownWithItsShape() {
    String tensor = tensor("layers.0.key", "F16", "[4,1,2]", "[0,16]");
    assertRefused(
        Fixtures.raw(folder.resolve("c.safetensors"), "{" + META + "," + tensor + "}", 16),
        "tensor 'layers.0.key' of shape [4, 1, 2] holds 1 tokens; expected [kv_heads, tokens, head_dim]");
  }

  @Test
  void aPointerOfGitLfsIsNamed() {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertRefused(
        Fixtures.bytes(folder.resolve("c.safetensors"), pointer),
        "a pointer of Git LFS, not the capture itself; 'git lfs pull'");
  }

  @Test
  void malformedJsonNamesPlacesInTheFileAlone() {
    assertRefused(
        Fixtures.raw(folder.resolve("c.safetensors"), "{\"a\":[", 0),
        "expected close marker for Array (start marker at line 1, column 6); write the file again");
  }

  @Test
  void refusesQueriesThatDoNotFitTheHeads() {
    String meta =
        META.replace("}", ",\"query_rope_stage\":\"none\",\"query_first_position\":\"1\"}");
    String two = tensor("layers.0.key", "F16", "[2,2,2]", "[0,16]");
    String query = tensor("layers.0.query", "F16", "[3,1,2]", "[16,28]");
    assertRefused(
        Fixtures.raw(
            folder.resolve("c.safetensors"), "{" + meta + "," + two + "," + query + "}", 28),
        "tensor 'layers.0.query' has 3 heads of dimension 2; expected a multiple of the 2 KV heads");
  }

  @Test
  void oddHeadDimensionCannotRotate() {
    String meta =
        META.replace(
            "\"key_rope_stage\":\"none\"",
            "\"key_rope_stage\":\"pre\",\"rope_type\":\"default\",\"rope_layout\":\"half\",\"rope_theta\":\"1e4\"");
    assertRefused(
        Fixtures.raw(
            folder.resolve("c.safetensors"),
            "{" + meta + "," + tensor("layers.0.key", "F16", "[1,2,3]", "[0,12]") + "}",
            12),
        "head dimension 3; rotary embedding in layout 'half' needs an even one");
  }
}
