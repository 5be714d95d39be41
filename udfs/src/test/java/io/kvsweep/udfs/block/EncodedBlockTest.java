package io.kvsweep.udfs.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodedBlockTest {
  private static final CodecId ID = new CodecId("TEST", "test(bits=2)");
  private static final TensorShape SHAPE = new TensorShape(3, 2, 4);

  private static byte[] block() {
    return EncodedBlock.write(
        ID,
        TensorKind.VALUE,
        SHAPE,
        DType.BF16,
        Map.of(
            Section.CODES, new byte[] {1, 2, 3},
            Section.PARAMETERS, new byte[] {4, 5},
            Section.EXACT, new byte[] {6}));
  }

  private static MalformedBlockException refused(byte[] bytes) {
    return assertThrows(MalformedBlockException.class, () -> EncodedBlock.read(bytes, ID, SHAPE));
  }

  @Test
  void headerIsAsDocumentedToTheByte() {
    byte[] bytes = block();
    assertEquals(48 + 6, bytes.length);
    assertEquals("KVSB", new String(bytes, 0, 4, StandardCharsets.US_ASCII));
    assertEquals(1, LittleEndian.getShort(bytes, 4));
    assertEquals(1, bytes[6], "bf16");
    assertEquals(1, bytes[7], "value");
    assertEquals("TEST", new String(bytes, 8, 4, StandardCharsets.US_ASCII));
    int[] numbers = new int[7];
    Arrays.setAll(numbers, i -> LittleEndian.getInt(bytes, 16 + 4 * i));
    assertArrayEquals(new int[] {3, 2, 4, 3, 2, 0, 1}, numbers);
    EncodedBlock read = EncodedBlock.read(bytes, ID, SHAPE);
    assertEquals(SHAPE, read.shape());
    assertEquals(TensorKind.VALUE, read.kind());
    assertEquals(DType.BF16, read.dtype());
    assertEquals(48, read.start(Section.CODES));
    assertEquals(51, read.start(Section.PARAMETERS));
    assertEquals(53, read.start(Section.BASIS));
    assertEquals(0, read.length(Section.BASIS));
    assertEquals(53, read.start(Section.EXACT));
    assertEquals(1, read.length(Section.EXACT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          0; 0x4253564c; malformed block at byte 0: starts with 'LVSB', expected 'KVSB'
          4; 0x01010002; malformed block at byte 4: format version 2, this program reads 1
          4; 0x01010000; malformed block at byte 4: format version 0, this program reads 1
          4; 0x01030001; malformed block at byte 6: dtype code 3, expected 0 to 2
          4; 0x01ff0001; malformed block at byte 6: dtype code -1, expected 0 to 2
          4; 0x02010001; malformed block at byte 7: kind code 2, expected 0 or 1
          8; 0x31474552; malformed block at byte 8: written by codec 'REG1', expected 'TEST'
          12; 0; malformed block at byte 12: written with other parameters than 'test(bits=2)'
          16; 4; malformed block at byte 16: holds shape [4, 2, 4], expected [3, 2, 4]
          20; 0; malformed block at byte 16: invalid shape [3, 0, 4]: tokens, heads and head dimension must be at least 1
          24; -1; malformed block at byte 16: invalid shape [3, 2, -1]: tokens, heads and head dimension must be at least 1
          28; 2147483647; malformed block at byte 28: section CODES claims 2147483647 bytes, 6 are left
          28; 7; malformed block at byte 28: section CODES claims 7 bytes, 6 are left
          32; -1; malformed block at byte 32: section PARAMETERS claims -1 bytes, 3 are left
          36; 0x7ffffff0; malformed block at byte 36: section BASIS claims 2147483632 bytes, 1 are left
          40; 0; malformed block at byte 53: 1 bytes behind the last section
          """)
  void aWrongHeaderFieldIsNamed(int offset, String value, String message) {
    byte[] bytes = block();
    LittleEndian.putInt(bytes, offset, Long.decode(value).intValue());
    assertEquals(message, refused(Blocks.reseal(bytes)).getMessage());
  }

  @Test
  void everyTruncationAndEveryExtraByteIsRefused() {
    byte[] bytes = block();
    for (int length = 0; length < 48; length++) {
      MalformedBlockException e = refused(Arrays.copyOf(bytes, length));
      assertEquals(
          "malformed block at byte %d: %d bytes, a header has 48".formatted(length, length),
          e.getMessage());
    }
    for (int length = 48; length < bytes.length; length++) {
      String message = refused(Arrays.copyOf(bytes, length)).getMessage();
      assertTrue(message.contains("claims"), message);
    }
    assertEquals(
        "malformed block at byte 54: 1 bytes behind the last section",
        refused(Arrays.copyOf(bytes, bytes.length + 1)).getMessage());
  }

  @Test
  void theChecksumIsWhatNoticesDamagedPayload() {
    byte[] bytes = block();
    bytes[49] ^= 1;
    String message = refused(bytes).getMessage();
    assertTrue(
        message.matches("malformed block at byte 44: checksum [0-9a-f]{8}, bytes give [0-9a-f]{8}"),
        message);
    EncodedBlock unseen = Blocks.openUnchecked(bytes);
    assertEquals(3, unseen.length(Section.CODES));
  }

  @Test
  void lyingLengthsAllocateNothing() {
    byte[] bytes = block();
    LittleEndian.putInt(bytes, 28, Integer.MAX_VALUE);
    Blocks.reseal(bytes);
    refused(bytes);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    refused(bytes);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 100_000, () -> allocated + " bytes allocated; a message takes a few KB");
  }

  @Test
  void aSectionOfUnexpectedLengthIsNamed() {
    EncodedBlock block = EncodedBlock.open(block());
    MalformedBlockException e =
        assertThrows(
            MalformedBlockException.class, () -> block.expectLength(Section.PARAMETERS, 1L << 40));
    assertEquals(
        "malformed block at byte 51: section PARAMETERS has 2 bytes, expected 1099511627776",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"ABC", "ABCDE", "AB C", "ABCé"})
  void aCodecIdIsFourAsciiCharacters(String codec) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new CodecId(codec, ""));
    assertEquals("codec id '" + codec + "' is not four ASCII characters", e.getMessage());
  }
}
