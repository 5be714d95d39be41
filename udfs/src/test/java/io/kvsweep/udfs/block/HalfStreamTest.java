package io.kvsweep.udfs.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.tensor.Float16;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalfStreamTest {
  @Test
  void everyFiniteHalfComesBackToTheBit() {
    HalfWriter writer = new HalfWriter(0);
    int count = 0;
    for (int half = 0; half < 1 << 16; half++) {
      float value = Float16.toFloat((short) half);
      if (Float.isFinite(value)) {
        float stored = writer.write(value, "a number");
        assertEquals(Float.floatToRawIntBits(value), Float.floatToRawIntBits(stored));
        count++;
      }
    }
    byte[] bytes = writer.toByteArray();
    assertEquals(2 * count, bytes.length);
    HalfReader reader = new HalfReader(bytes, 0, bytes.length);
    for (int half = 0; half < 1 << 16; half++) {
      float value = Float16.toFloat((short) half);
      if (Float.isFinite(value)) {
        assertEquals(
            Float.floatToRawIntBits(value), Float.floatToRawIntBits(reader.read()), "half " + half);
      }
    }
  }

  @Test
  void whatIsReturnedIsWhatAReaderSees() {
    HalfWriter writer = new HalfWriter(1);
    float[] values = {0.1f, -3.14159f, 65519f, 1e-8f, -0.0f, 5.9604645e-8f};
    float[] stored = new float[values.length];
    writer.write(values, stored, "a number");
    float[] read = new float[values.length];
    byte[] bytes = writer.toByteArray();
    new HalfReader(bytes, 0, bytes.length).read(read);
    assertArrayEquals(stored, read);
    assertArrayEquals(
        new float[] {0.099975586f, -3.140625f, 65504f, 0f, -0.0f, 5.9604645e-8f}, stored);
  }

  @ParameterizedTest
  @ValueSource(floats = {65520f, -65520f, 1e9f, Float.POSITIVE_INFINITY, Float.NaN})
  void beyondTheRangeIsRefusedWithARemedy(float value) {
    UnencodableException e =
        assertThrows(
            UnencodableException.class,
            () -> new HalfWriter(1).write(value, "the scale of a group"));
    assertEquals(
        "the scale of a group is "
            + value
            + ", which binary16 (up to 65504) cannot hold: scale the capture down or leave this"
            + " tensor out",
        e.getMessage());
  }

  @Test
  void endAndNonFiniteNumbersAreRefusedWithTheirOffset() {
    HalfReader atEnd = new HalfReader(new byte[9], 4, 3);
    atEnd.read();
    MalformedBlockException end = assertThrows(MalformedBlockException.class, atEnd::read);
    assertEquals(
        "malformed block at byte 6: section ends before the next binary16 number",
        end.getMessage());
    byte[] infinite = {0, 0, 0, 0x7c};
    HalfReader reader = new HalfReader(infinite, 0, 4);
    reader.read();
    MalformedBlockException number = assertThrows(MalformedBlockException.class, reader::read);
    assertEquals(
        "malformed block at byte 2: binary16 number is Infinity, expected finite",
        number.getMessage());
  }
}
