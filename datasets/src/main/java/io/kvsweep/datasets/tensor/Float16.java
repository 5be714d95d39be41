package io.kvsweep.datasets.tensor;

/**
 * IEEE 754 binary16, which Java 17 has no conversions for. Rounding is half to even; values from
 * 65520 on become infinity; subnormals are kept.
 */
public final class Float16 {
  /** Largest finite value, 65504. */
  public static final float MAX = 65504f;

  private static final float[] TABLE = table();

  private Float16() {}

  /** The exact float of a half. */
  public static float toFloat(short half) {
    return TABLE[half & 0xffff];
  }

  /** The nearest half of a float. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x7f800000) { // infinity or NaN; a NaN stays one
      return (short) (sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0));
    }
    if (magnitude >= 0x477ff000) { // 65520 and above round to infinity
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {
      // Below 2^-14 halves are multiples of 2^-24: adding 0.5 leaves the multiple, rounded half to
      // even by the float addition itself, in the low mantissa bits.
      int rounded = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f);
      return (short) (sign | (rounded - 0x3f000000));
    }
    int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }

  /** The value a float has once stored as a half. */
  public static float round(float value) {
    return toFloat(fromFloat(value));
  }

  private static float[] table() {
    float[] table = new float[1 << 16];
    for (int half = 0; half < table.length; half++) {
      int exponent = (half >>> 10) & 0x1f;
      int fraction = half & 0x3ff;
      float magnitude;
      if (exponent == 0x1f) {
        magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      } else if (exponent == 0) {
        magnitude = Math.scalb((float) fraction, -24);
      } else {
        magnitude = Math.scalb((float) (fraction | 0x400), exponent - 25);
      }
      table[half] = (half & 0x8000) == 0 ? magnitude : -magnitude;
    }
    return table;
  }
}
