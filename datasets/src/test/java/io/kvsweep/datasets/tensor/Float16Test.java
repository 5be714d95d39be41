package io.kvsweep.datasets.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Float16Test {
  /** The definition, in double arithmetic. */
  private static double reference(int half) {
    int exponent = half >> 10 & 31;
    int fraction = half & 1023;
    double sign = (half & 0x8000) == 0 ? 1 : -1;
    if (exponent == 31) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * fraction * Math.pow(2, -24)
        : sign * (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
  }

  /** The nearest half by search among all of them, ties to the even one. */
  private static int nearest(float value) {
    double magnitude = Math.abs((double) value);
    int low = 0;
    int high = 0x7c00;
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (reference(middle) <= magnitude) {
        low = middle;
      } else {
        high = middle;
      }
    }
    // Rounding treats infinity as the next step after 65504, that is as 65536.
    double above = high == 0x7c00 ? 65536 : reference(high);
    double down = magnitude - reference(low);
    double up = above - magnitude;
    int best = down < up || (down == up && low % 2 == 0) ? low : high;
    return (Float.floatToRawIntBits(value) < 0 ? 0x8000 : 0) | best;
  }

  @Test
  void everyHalfWidensExactlyAndComesBack() {
    for (int half = 0; half < 1 << 16; half++) {
      float wide = Float16.toFloat((short) half);
      assertEquals((float) reference(half), wide, 0f);
      if (Float.isNaN(wide)) {
        assertTrue(Float.isNaN(Float16.toFloat(Float16.fromFloat(wide))));
      } else {
        assertEquals((short) half, Float16.fromFloat(wide), "half " + Integer.toHexString(half));
      }
    }
  }

  @Test
  void tiesGoToEven() {
    for (int half = 0; half < 0x7bff; half++) {
      float tie = (float) ((reference(half) + reference(half + 1)) / 2);
      assertEquals((short) (half % 2 == 0 ? half : half + 1), Float16.fromFloat(tie));
      assertEquals((short) (half + 1), Float16.fromFloat(Math.nextUp(tie)));
      assertEquals((short) half, Float16.fromFloat(Math.nextDown(tie)));
    }
  }

  @Test
  void randomFloatsRoundToTheNearest() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 500_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (i % 2 == 0) { // most random bit patterns are beyond the range of halves
        value = (float) (random.nextDouble(-1, 1) * Math.pow(2, random.nextInt(-26, 17)));
      }
      if (!Float.isNaN(value)) {
        int expected = Float.isInfinite(value) || Math.abs(value) > 65536 ? 0x7c00 : 0;
        expected = expected == 0 ? nearest(value) : expected | (value < 0 ? 0x8000 : 0);
        assertEquals((short) expected, Float16.fromFloat(value), "value " + value);
      }
    }
  }

  @Test
  void edges() {
    assertEquals((short) 0x7bff, Float16.fromFloat(Math.nextDown(65520f)));
    assertEquals((short) 0x7c00, Float16.fromFloat(65520f));
    assertEquals((short) 0x8000, Float16.fromFloat(-0f));
    assertEquals((short) 0x8000, Float16.fromFloat(-Float.MIN_VALUE));
    assertEquals(1f, Float16.round(1.0004f));
  }
}
