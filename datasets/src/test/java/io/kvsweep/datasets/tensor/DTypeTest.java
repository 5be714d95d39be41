package io.kvsweep.datasets.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
  @ParameterizedTest
  @EnumSource(DType.class)
  void storedBytesSurviveWideningAndNarrowing(DType dtype) {
    byte[] bytes = new byte[1 << 17];
    new SplittableRandom(2).nextBytes(bytes);
    int count = bytes.length / dtype.bytes();
    float[] values = new float[count];
    dtype.decode(bytes, 0, values, 0, count);
    byte[] again = new byte[bytes.length];
    dtype.encode(values, 0, again, 0, count);
    float[] decoded = new float[count];
    dtype.decode(again, 0, decoded, 0, count);
    for (int i = 0; i < count; i++) {
      assertEquals(values[i], decoded[i], 0f);
    }
  }

  @Test
  void bfloat16RoundsHalfToEven() {
    byte[] out = new byte[2];
    for (int[] pair :
        new int[][] {{0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}}) {
      DType.BF16.encode(new float[] {Float.intBitsToFloat(pair[0])}, 0, out, 0, 1);
      assertEquals((short) pair[1], LittleEndian.getShort(out, 0));
    }
  }

  @Test
  void unknownLabelListsTheKnown() {
    var e = assertThrows(IllegalArgumentException.class, () -> DType.of("I8"));
    assertEquals(
        "unknown dtype 'I8': expected f16, bf16 or f32; convert the tensor first", e.getMessage());
  }
}
