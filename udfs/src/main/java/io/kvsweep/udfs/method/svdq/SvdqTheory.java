package io.kvsweep.udfs.method.svdq;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.Spectrum;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import java.util.function.IntToDoubleFunction;

/**
 * The error that theory gives a block: rotation keeps energies, so it is {@code sum_g w(b_g) E_g /
 * ||K||^2}, with the energies {@code E_g} of the eight latent groups, the widths {@code b_g} of the
 * schedule that was used, and one number {@code w(b)} per width for all groups. Rounding of means
 * and axes is left out. See {@code docs/theory.md}.
 *
 * @param group tokens that share a range, 0 for all
 */
record SvdqTheory(int group, Levels levels, Tail tail) {
  /** Names an error per width among what cells of a view share. */
  private record Curve(
      int firstChannel, int channels, int tokens, int group, Levels levels, int width) {}

  /**
   * The spectrum of a part of a tensor.
   *
   * @param head of the part, null where heads are joined
   * @param schedule that the part was coded with
   */
  Spectrum of(TensorView view, Integer head, int firstChannel, int channels, Schedule schedule) {
    double bits = (double) schedule.bitsPerToken(channels) / channels;
    int tokens = view.shape().tokens();
    int prefill = tail.prefill(tokens);
    if (prefill == 0) {
      return new Spectrum(head, 0, new double[channels], bits, 0, 0);
    }
    PrincipalAxes axes = view.principalAxes(RopeStage.PRE, firstChannel, channels, prefill);
    int coded = tail.frozen() ? tokens : prefill;
    double[] energies = groupEnergies(axes);
    if (coded > prefill) {
      addTail(view, axes, firstChannel, energies);
    }
    double norm = squaredNorm(view.channelMajor(RopeStage.PRE), tokens, coded, firstChannel, axes);
    IntToDoubleFunction pooled =
        width ->
            view.shared(
                new Curve(firstChannel, channels, prefill, group, levels, width),
                () -> WidthErrors.pooled(axes, group, levels, width));
    return new Spectrum(
        head,
        prefill,
        axes.energies(),
        bits,
        nmse(energies, schedule, pooled, norm),
        nmse(energies, schedule, width -> GaussianErrors.of(width, prefill, group, levels), norm));
  }

  /**
   * {@code sum_g w(b_g) E_g / norm}; nothing relative to nothing is nothing.
   *
   * @param errors error of a width over the energy it is spent on
   */
  static double nmse(
      double[] groupEnergies, Schedule schedule, IntToDoubleFunction errors, double norm) {
    double error = 0;
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int width = schedule.widths().get(g);
      error += (width == 0 ? 1 : errors.applyAsDouble(width)) * groupEnergies[g];
    }
    return error == 0 ? 0 : error / norm;
  }

  private static double[] groupEnergies(PrincipalAxes axes) {
    double[] energies = new double[Schedule.GROUPS];
    for (int g = 0; g < Schedule.GROUPS; g++) {
      for (int j = Schedule.start(g, axes.channels());
          j < Schedule.start(g + 1, axes.channels());
          j++) {
        energies[g] += axes.energies()[j];
      }
    }
    return energies;
  }

  /** Tokens that the axes have not seen spread their energy otherwise. */
  private void addTail(TensorView view, PrincipalAxes axes, int firstChannel, double[] energies) {
    int tokens = view.shape().tokens();
    int count = tokens - axes.tokens();
    float[] latents =
        axes.project(view.channelMajor(RopeStage.PRE), tokens, axes.tokens(), count, firstChannel);
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int end = Schedule.start(g + 1, axes.channels()) * count;
      for (int i = Schedule.start(g, axes.channels()) * count; i < end; i++) {
        energies[g] += (double) latents[i] * latents[i];
      }
    }
  }

  private static double squaredNorm(
      float[] byChannel, int tokens, int coded, int firstChannel, PrincipalAxes axes) {
    double norm = 0;
    for (int c = firstChannel; c < firstChannel + axes.channels(); c++) {
      for (int t = 0; t < coded; t++) {
        double x = byChannel[c * tokens + t];
        norm += x * x;
      }
    }
    return norm;
  }
}
