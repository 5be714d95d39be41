package io.kvsweep.udfs.linalg;

import java.util.Random;

/**
 * Walsh-Hadamard transform in natural (Sylvester) order, without scaling: {@code H H x = n x}.
 * Costs {@code n log2 n} additions, always in the same order, so results are the same on every
 * machine.
 */
public final class Hadamard {
  private Hadamard() {}

  /** Largest power of two that divides {@code n}: the longest transform that fits evenly. */
  public static int largestBlock(int n) {
    return Integer.lowestOneBit(n);
  }

  /**
   * Transforms {@code count} consecutive values in place.
   *
   * @param count a power of two
   */
  public static void transform(float[] x, int from, int count) {
    requirePowerOfTwo(count);
    for (int half = 1; half < count; half *= 2) {
      for (int block = from; block < from + count; block += 2 * half) {
        for (int i = block; i < block + half; i++) {
          float a = x[i];
          float b = x[i + half];
          x[i] = a + b;
          x[i + half] = a - b;
        }
      }
    }
  }

  /**
   * Random signs, +1 or -1: the diagonal of a randomised Hadamard transform. {@link Random} is
   * specified to the bit, so a seed means the same signs everywhere, and more of them begin with
   * the fewer.
   */
  public static float[] signs(long seed, int count) {
    Random random = new Random(seed);
    float[] signs = new float[count];
    for (int i = 0; i < count; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return signs;
  }

  private static void requirePowerOfTwo(int count) {
    if (Integer.bitCount(count) != 1) {
      throw new IllegalArgumentException(
          "a Hadamard transform of " + count + " values: expected a power of two");
    }
  }
}
