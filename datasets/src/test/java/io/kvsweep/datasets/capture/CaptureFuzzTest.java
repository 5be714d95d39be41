package io.kvsweep.datasets.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.datasets.testkit.FuzzCases;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged captures: refused with the file's name, or read as what is there. A capture has no
 * checksum, so damaged values pass, and so does a damaged name.
 */
class CaptureFuzzTest {
  private static final int CASES = FuzzCases.FULL ? 12_000 : 600;

  /** Parts of the header; what none matches is names and punctuation. */
  private static final List<String> PARTS = List.of("metadata", "dtype", "shape", "offsets");

  private static final Pattern PART =
      Pattern.compile(
          "(\"__metadata__\"\\s*:\\s*\\{[^}]*})|(\"dtype\"\\s*:\\s*\"[^\"]*\")"
              + "|(\"shape\"\\s*:\\s*\\[[^]]*])|(\"data_offsets\"\\s*:\\s*\\[[^]]*])");

  private static final List<String> LIES =
      List.of(
          "0",
          "-1",
          "1",
          "2",
          "7",
          "2147483647",
          "2147483648",
          "4294967296",
          "-2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "1e9",
          "0.5",
          "1e400",
          "NaN",
          "null",
          "\"1\"",
          "[1]",
          "{}",
          "18446744073709551615",
          "00",
          "1,1",
          "");

  /** Everything that a reader of a capture sees. */
  private record Content(
      ModelInfo model, PromptHead prompt, List<TensorSpec> specs, List<byte[]> tensors) {
    static Content read(Path file) {
      try (Capture capture = Capture.open(file)) {
        List<byte[]> tensors = new ArrayList<>();
        for (TensorSpec spec : capture.tensors()) {
          byte[] bytes = new byte[Math.toIntExact(spec.bytes())];
          capture.read(spec, 0, spec.shape().tokens(), bytes);
          tensors.add(bytes);
        }
        return new Content(capture.model(), capture.prompt(), capture.tensors(), tensors);
      }
    }
  }

  private final FuzzCases cases = new FuzzCases();
  private byte[] sound;
  private int dataStart;
  private String[] partOf;
  private Content content;

  @TempDir Path folder;

  @BeforeEach
  void soundCapture() throws Exception {
    MemorySource source =
        Fixtures.source("m", "p", 2, new TensorShape(12, 2, 8), DType.F16, 3, /* seed= */ 5);
    Path file = Fixtures.capture(folder, source);
    sound = Files.readAllBytes(file);
    content = Content.read(file);
    dataStart = 8 + (int) ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong();
    partOf = new String[sound.length];
    Arrays.fill(partOf, 0, 8, "header length");
    Arrays.fill(partOf, 8, dataStart, "names");
    Arrays.fill(partOf, dataStart, sound.length, "data");
    Matcher parts = PART.matcher(header());
    while (parts.find()) {
      for (int group = 1; group <= PARTS.size(); group++) {
        if (parts.group(group) != null) {
          Arrays.fill(partOf, 8 + parts.start(), 8 + parts.end(), PARTS.get(group - 1));
        }
      }
    }
  }

  /** ASCII, so that characters are bytes. */
  private String header() {
    return new String(sound, 8, dataStart - 8, StandardCharsets.US_ASCII);
  }

  @Test
  void damageIsToldOrReadAsWhatIsThere() {
    Path file = folder.resolve("damaged.safetensors");
    // The header as text, its tree and its fields, and the values twice: 64 bytes per byte of the
    // file are plenty. Messages, traces, paths and JDK buffers of a file take less than 1 MB.
    long bound = (1 << 20) + 64L * sound.length;
    cases.run(
        "damaged captures",
        CASES,
        file,
        bound,
        random -> {
          byte[] damaged = damaged(random);
          Files.write(file, damaged);
          return () -> check(Content.read(file), damaged);
        });
    if (cases.complete()) {
      assertEquals(
          Set.of("header length", "names", "metadata", "dtype", "shape", "offsets", "data", "end"),
          cases.hits().keySet());
      assertTrue(cases.accepted() > 0 && cases.refused() > CASES / 4, "both ends are met");
    }
  }

  private void check(Content read, byte[] damaged) {
    long bytes = read.tensors().stream().mapToLong(tensor -> tensor.length).sum();
    if (damaged.length != sound.length
        || !Arrays.equals(sound, 0, dataStart, damaged, 0, dataStart)) {
      long length = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertEquals(damaged.length - 8 - length, bytes, "each byte of the data is read once");
      return;
    }
    assertEquals(content.model(), read.model());
    assertEquals(content.prompt(), read.prompt());
    assertEquals(content.specs(), read.specs());
    int differing = 0;
    for (int i = 0; i < read.tensors().size(); i++) {
      differing += differing(content.tensors().get(i), read.tensors().get(i));
    }
    assertEquals(differing(sound, damaged), differing, "bytes that are read otherwise");
    if (differing == 0) {
      assertArrayEquals(sound, damaged);
    }
  }

  private static int differing(byte[] a, byte[] b) {
    assertEquals(a.length, b.length);
    int count = 0;
    for (int i = 0; i < a.length; i++) {
      count += a[i] == b[i] ? 0 : 1;
    }
    return count;
  }

  private byte[] damaged(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> flipped(1, random);
      case 2 -> flipped(random.nextInt(2, 12), random);
      case 3 -> {
        byte[] out = sound.clone();
        int at = somewhere(random);
        byte[] bytes = {0, -1, '"', '{', '}', '[', ']', ',', ':', '9', '-', '\\', ' '};
        out[at] = bytes[random.nextInt(bytes.length)];
        cases.hit(partOf[at]);
        yield out;
      }
      case 4 -> {
        int length = random.nextBoolean() ? somewhere(random) : dataStart - random.nextInt(2);
        cases.hit("end");
        yield Arrays.copyOf(sound, length);
      }
      case 5 -> {
        cases.hit("end");
        yield Arrays.copyOf(sound, sound.length + random.nextInt(1, 100));
      }
      case 6 -> {
        cases.hit("header length");
        long now = dataStart - 8L;
        long[] lies = {
          0,
          1,
          2,
          -1,
          Long.MIN_VALUE,
          Long.MAX_VALUE,
          Integer.MAX_VALUE,
          1L << 32,
          99_999_999,
          100_000_001,
          now - 1,
          now + 1,
          now * 2,
          sound.length - 8,
          sound.length - 7
        };
        byte[] out = sound.clone();
        ByteBuffer.wrap(out)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(lies[random.nextInt(lies.length)]);
        yield out;
      }
      default -> lying(random);
    };
  }

  private byte[] flipped(int bits, SplittableRandom random) {
    byte[] out = sound.clone();
    for (int i = 0; i < bits; i++) {
      int at = somewhere(random);
      out[at] ^= (byte) (1 << random.nextInt(8));
      cases.hit(partOf[at]);
    }
    return out;
  }

  /** As often in the header as in the data. */
  private int somewhere(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextInt(8);
      case 1, 2, 3 -> random.nextInt(dataStart, sound.length);
      default -> random.nextInt(8, dataStart);
    };
  }

  /** One number of the header is another one, and the length of the header right again. */
  private byte[] lying(SplittableRandom random) {
    String header = header();
    List<int[]> numbers = new ArrayList<>();
    Matcher digits = Pattern.compile("-?\\d+").matcher(header);
    while (digits.find()) {
      numbers.add(new int[] {digits.start(), digits.end()});
    }
    int[] number = numbers.get(random.nextInt(numbers.size()));
    cases.hit(partOf[8 + number[0]]);
    String text =
        header.substring(0, number[0])
            + LIES.get(random.nextInt(LIES.size()))
            + header.substring(number[1]);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] json = text.getBytes(StandardCharsets.US_ASCII);
    out.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    out.writeBytes(json);
    out.write(sound, dataStart, sound.length - dataStart);
    return out.toByteArray();
  }
}
