package io.kvsweep.udfs.method.svdq;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;

/**
 * The quantiser's own error curve on a tensor: every latent group through bytes and back at every
 * width. A search tool for schedules, and the theory beside results, which are measured on what
 * {@code decode} returns. Borrowing another quantiser's curve would cost up to a bit.
 */
final class WidthErrors {
  static final int WIDEST = 8;

  private WidthErrors() {}

  /**
   * @return squared error of each group at each width, {@code [8][0..8]}; at width 0 its energy
   */
  static double[][] measure(PrincipalAxes axes, int group, Levels levels) {
    double[][] errors = new double[Schedule.GROUPS][WIDEST + 1];
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int from = Schedule.start(g, axes.channels());
      int count = Schedule.start(g + 1, axes.channels()) - from;
      for (int width = 0; width <= WIDEST; width++) {
        errors[g][width] = error(axes, from, count, group, levels, width);
      }
    }
    return errors;
  }

  /**
   * The error of a width as one number for all groups: the mean over groups of error over energy.
   * Groups that hold no more than the rounding of latents to float32, {@code 2^-48} of the energy
   * per channel, are left out.
   *
   * @return 0 if no group has energy
   */
  static double pooled(PrincipalAxes axes, int group, Levels levels, int width) {
    double total = 0;
    for (double energy : axes.energies()) {
      total += energy;
    }
    double sum = 0;
    int groups = 0;
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int from = Schedule.start(g, axes.channels());
      int end = Schedule.start(g + 1, axes.channels());
      double energy = 0;
      for (int j = from; j < end; j++) {
        energy += axes.energies()[j];
      }
      if (energy > axes.channels() * 0x1p-48 * total) {
        sum += error(axes, from, end - from, group, levels, width) / energy;
        groups++;
      }
    }
    return groups == 0 ? 0 : sum / groups;
  }

  private static double error(
      PrincipalAxes axes, int from, int count, int group, Levels levels, int width) {
    int tokens = axes.tokens();
    float[] decoded = new float[count * tokens];
    if (width > 0) {
      AffineQuantizer quantizer = new AffineQuantizer(width, levels);
      BitWriter codes = new BitWriter((long) width * decoded.length);
      HalfWriter parameters =
          new HalfWriter((int) quantizer.parameterBytes(count, tokens, group) / 2);
      quantizer.encodeRuns(axes.latents(), from * tokens, count, tokens, group, codes, parameters);
      byte[] codeBytes = codes.toByteArray();
      byte[] parameterBytes = parameters.toByteArray();
      quantizer.decodeRuns(
          new BitReader(codeBytes, 0, codeBytes.length),
          new HalfReader(parameterBytes, 0, parameterBytes.length),
          decoded,
          0,
          count,
          tokens,
          group);
    }
    double error = 0;
    for (int i = 0; i < decoded.length; i++) {
      double e = axes.latents()[from * tokens + i] - decoded[i];
      error += e * e;
    }
    return error;
  }
}
