package io.kvsweep.udfs.method.quant;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;

/**
 * Asymmetric min-max quantisation: minimum and scale per group.
 *
 * <ul>
 *   <li>{@code ENDPOINTS}: {@code s = (max - min) / (2^b - 1)}, {@code q = round((x - min) / s)}
 *       half to even, {@code x^ = q s + min}: both ends are levels.
 *   <li>{@code MIDPOINTS}: {@code s = (max - min) / 2^b}, {@code q = floor((x - min) / s)}, {@code
 *       x^ = min + (q + 1/2) s}: levels lie in the middle of equal cells. Better at 1 and 2 bits,
 *       where the ends of the range are rare.
 * </ul>
 *
 * A group without spread has scale 0 and decodes to its minimum. A scale among the subnormal
 * numbers of binary16, the multiples of {@code 2^-24} below {@code 2^-14}, is rounded up, so that
 * levels reach the maximum: the error stays within half the stored scale and {@code 2^-25} of a
 * minimum rounded. Of {@code MIDPOINTS} none is 0 on that lattice, and numbers below {@code 2^-24}
 * would come out larger than they are: a group of nothing else decodes to zeros.
 */
public record AffineQuantizer(int bits, Levels levels) implements GroupQuantizer {
  /** Where the levels lie in the range. */
  public enum Levels {
    ENDPOINTS,
    MIDPOINTS
  }

  // Adding and subtracting 1.5 * 2^23 rounds a float below 2^22 half to even, in vector code.
  private static final float ROUND = 12582912f;

  /** The smallest positive number of binary16, and the spacing up to {@code NORMAL}. */
  private static final float SPACING = 0x1p-24f;

  /** The smallest number that binary16 holds with all its digits. */
  private static final float NORMAL = 0x1p-14f;

  public AffineQuantizer {
    if (bits < 1 || bits > 8) {
      throw new IllegalArgumentException("bits " + bits + ": expected 1 to 8");
    }
  }

  @Override
  public int parametersPerGroup() {
    return 2;
  }

  @Override
  public void encode(float[] values, int from, int count, BitWriter codes, HalfWriter parameters) {
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      min = Math.min(min, values[i]);
      max = Math.max(max, values[i]);
    }
    int top = (1 << bits) - 1;
    float steps = levels == Levels.ENDPOINTS ? top : top + 1;
    boolean lost = levels == Levels.MIDPOINTS && min > -SPACING && max < SPACING;
    float low = parameters.write(lost ? 0 : min, "the minimum of a group");
    float step = lost ? 0 : Math.max(0, (max - low) / steps);
    float scale = parameters.write(roundedUp(step), "the scale of a group");
    int[] q = new int[count];
    if (scale > 0) {
      float shift = levels == Levels.ENDPOINTS ? 0 : -0.5f;
      for (int i = 0; i < count; i++) {
        // Rounding x - 1/2 half to even is floor(x) but on cell borders, where both levels are
        // equally far.
        float level = (values[from + i] - low) / scale + shift;
        float rounded = (Math.min(top, Math.max(0, level)) + ROUND) - ROUND;
        q[i] = (int) rounded;
      }
    }
    codes.write(q, 0, count, bits);
  }

  /** Up where binary16 would lose digits, and with them the top of the range. */
  private static float roundedUp(float scale) {
    return scale < NORMAL ? (float) Math.ceil(scale / SPACING) * SPACING : scale;
  }

  @Override
  public void decode(BitReader codes, HalfReader parameters, float[] out, int from, int count) {
    int[] q = new int[count];
    codes.read(q, 0, count, bits);
    float low = parameters.read();
    float scale = parameters.read();
    float offset = levels == Levels.ENDPOINTS ? low : low + 0.5f * scale;
    for (int i = 0; i < count; i++) {
      out[from + i] = q[i] * scale + offset;
    }
  }
}
