package io.kvsweep.udfs.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.udfs.testkit.Seeds;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class BitPackingTest {
  /** The obvious way: one bit after the other. */
  private static byte[] packBitByBit(int[] codes, int width) {
    byte[] out = new byte[(codes.length * width + 7) / 8];
    for (int i = 0; i < codes.length; i++) {
      for (int bit = 0; bit < width; bit++) {
        int at = i * width + bit;
        out[at / 8] = (byte) (out[at / 8] | ((codes[i] >> bit & 1) << at % 8));
      }
    }
    return out;
  }

  private static byte[] pack(int[] codes, int width) {
    BitWriter writer = new BitWriter(0);
    writer.write(codes, 0, codes.length, width);
    return writer.toByteArray();
  }

  private static int[] lengths() {
    return IntStream.concat(
            IntStream.rangeClosed(0, 200), IntStream.of(255, 256, 257, 1001, 4095, 4097))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyWidthAgreesWithBitByBit(int width, Random random) {
    for (int length : lengths()) {
      int[] codes = random.ints(length, 0, 1 << width).toArray();
      byte[] bytes = pack(codes, width);
      assertArrayEquals(packBitByBit(codes, width), bytes, () -> length + " codes");
      int[] back = new int[length];
      BitReader reader = new BitReader(bytes, 0, bytes.length);
      reader.read(back, 0, length, width);
      reader.finish();
      assertArrayEquals(codes, back, () -> length + " codes");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void signedCodesComeBackOverTheirWholeRange(int width) {
    int[] codes = IntStream.range(-(1 << (width - 1)), 1 << (width - 1)).toArray();
    byte[] bytes = pack(codes, width);
    int[] back = new int[codes.length];
    new BitReader(bytes, 0, bytes.length).readSigned(back, 0, back.length, width);
    assertArrayEquals(codes, back);
  }

  @Test
  void exampleOfTheJavadoc() {
    assertEquals("cd01", HexFormat.of().formatHex(pack(new int[] {5, 1, 7}, 3)));
  }

  @Test
  void onlyTheLowBitsOfACodeAreWritten() {
    assertArrayEquals(pack(new int[] {5, 1}, 3), pack(new int[] {0xfffffffd, 0x7ffffff9}, 3));
  }

  @Test
  void oneStreamMayMixWidthsAndBeReadInOtherPortions(Random random) {
    int[] widths = random.ints(300, 1, 9).toArray();
    int[] codes = Arrays.stream(widths).map(width -> random.nextInt(1 << width)).toArray();
    BitWriter writer = new BitWriter(7);
    for (int i = 0; i < codes.length; i++) {
      writer.write(codes, i, 1, widths[i]);
    }
    byte[] bytes = writer.toByteArray();
    assertEquals((Arrays.stream(widths).sum() + 7) / 8, bytes.length);
    byte[] inside = new byte[bytes.length + 5];
    Arrays.fill(inside, (byte) 0xff);
    System.arraycopy(bytes, 0, inside, 3, bytes.length);
    BitReader reader = new BitReader(inside, 3, bytes.length);
    int[] back = new int[codes.length];
    for (int i = 0; i < codes.length; i++) {
      reader.read(back, i, 1, widths[i]);
    }
    reader.finish();
    assertArrayEquals(codes, back);
  }

  @Test
  void readingBeyondTheEndIsRefused() {
    BitReader reader = new BitReader(new byte[6], 2, 3);
    int[] codes = new int[9];
    reader.read(codes, 0, 5, 3);
    MalformedBlockException e =
        assertThrows(MalformedBlockException.class, () -> reader.read(codes, 5, 4, 3));
    assertEquals(
        "malformed block at byte 5: codes end after 3 bytes, 4 codes of 3 bits still expected",
        e.getMessage());
    assertEquals(5, e.offset());
  }

  @Test
  void setPaddingBitsAreRefused() {
    BitReader reader = new BitReader(new byte[] {0x27}, 0, 1);
    reader.read(new int[1], 0, 1, 3);
    MalformedBlockException e = assertThrows(MalformedBlockException.class, reader::finish);
    assertEquals(
        "malformed block at byte 1: bytes or set bits behind the last code", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 9, 20})
  void wholeBytesBehindTheLastCodeAreRefusedEvenIfZero(int length) {
    BitReader reader = new BitReader(new byte[length], 0, length);
    reader.read(new int[2], 0, 2, 3);
    MalformedBlockException e = assertThrows(MalformedBlockException.class, reader::finish);
    assertEquals(
        "malformed block at byte 1: bytes or set bits behind the last code", e.getMessage());
  }
}
