package io.kvsweep.udfs.method.svdq;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The quantiser's error on independent unit Gaussian tokens, through bytes and back: what theory
 * can say of a width without data. Seeded, the same in every run, and measured once per process for
 * each length of a range.
 */
final class GaussianErrors {
  private static final long SEED = 20250228;

  private static final int VALUES = 1 << 17;

  /**
   * The error goes with the square of a range, which scatters by 12 % for 2,048 tokens and by less
   * for more: the mean over this many is good to a hundredth.
   */
  private static final int FEWEST_RANGES = 128;

  private static final Map<Key, Double> KNOWN = new ConcurrentHashMap<>();

  private record Key(int tokens, int width, Levels levels) {}

  private GaussianErrors() {}

  /**
   * Squared error of a channel over its energy.
   *
   * @param width 0 to 8; 0 drops the channel, which costs all of its energy
   * @param tokens of the channel, at least 1
   * @param group tokens that share a range, 0 for all; a short last group has its own
   */
  static double of(int width, int tokens, int group, Levels levels) {
    if (width == 0) {
      return 1;
    }
    int size = group == 0 ? tokens : Math.min(group, tokens);
    int rest = tokens % size;
    double error = (tokens - rest) * ofRange(new Key(size, width, levels));
    return (rest == 0 ? error : error + rest * ofRange(new Key(rest, width, levels))) / tokens;
  }

  private static double ofRange(Key key) {
    return KNOWN.computeIfAbsent(key, GaussianErrors::measure);
  }

  private static double measure(Key key) {
    int ranges = Math.max(FEWEST_RANGES, VALUES / key.tokens());
    AffineQuantizer quantizer = new AffineQuantizer(key.width(), key.levels());
    Random random = new Random(SEED);
    float[] exact = new float[key.tokens()];
    float[] decoded = new float[key.tokens()];
    double error = 0;
    double energy = 0;
    for (int range = 0; range < ranges; range++) {
      for (int t = 0; t < exact.length; t++) {
        exact[t] = (float) random.nextGaussian();
      }
      roundTrip(quantizer, exact, decoded);
      for (int t = 0; t < exact.length; t++) {
        double e = exact[t] - decoded[t];
        error += e * e;
        energy += (double) exact[t] * exact[t];
      }
    }
    return error / energy;
  }

  private static void roundTrip(AffineQuantizer quantizer, float[] exact, float[] decoded) {
    BitWriter codes = new BitWriter((long) quantizer.bits() * exact.length);
    HalfWriter parameters = new HalfWriter(quantizer.parametersPerGroup());
    quantizer.encode(exact, 0, exact.length, codes, parameters);
    byte[] codeBytes = codes.toByteArray();
    byte[] parameterBytes = parameters.toByteArray();
    quantizer.decode(
        new BitReader(codeBytes, 0, codeBytes.length),
        new HalfReader(parameterBytes, 0, parameterBytes.length),
        decoded,
        0,
        decoded.length);
  }
}
