package io.kvsweep.udfs.method.quant;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;

/**
 * Symmetric absmax quantisation without zero point: {@code qmax = 2^(b-1) - 1}, {@code s =
 * max(absmax, 1e-5) / qmax} in binary16, {@code q = round(x / s)} half to even within {@code
 * [-qmax, qmax]}, {@code x^ = q s}. One code of {@code 2^b} stays unused; codes are stored in two's
 * complement.
 */
public record SymmetricQuantizer(int bits) implements GroupQuantizer {
  private static final float ROUND = 12582912f; // see AffineQuantizer

  public SymmetricQuantizer {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException(
          "bits " + bits + ": expected 2 to 8, one bit has no symmetric level but 0");
    }
  }

  @Override
  public int parametersPerGroup() {
    return 1;
  }

  @Override
  public void encode(float[] values, int from, int count, BitWriter codes, HalfWriter parameters) {
    float absMax = 0;
    for (int i = from; i < from + count; i++) {
      absMax = Math.max(absMax, Math.abs(values[i]));
    }
    int top = (1 << (bits - 1)) - 1;
    float scale = parameters.write(Math.max(absMax, 1e-5f) / top, "the scale of a group");
    int[] q = new int[count];
    for (int i = 0; i < count; i++) {
      float level = values[from + i] / scale;
      float rounded = (Math.min(top, Math.max(-top, level)) + ROUND) - ROUND;
      q[i] = (int) rounded;
    }
    codes.write(q, 0, count, bits);
  }

  @Override
  public void decode(BitReader codes, HalfReader parameters, float[] out, int from, int count) {
    int[] q = new int[count];
    codes.readSigned(q, 0, count, bits);
    float scale = parameters.read();
    for (int i = 0; i < count; i++) {
      out[from + i] = q[i] * scale;
    }
  }
}
