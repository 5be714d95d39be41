package io.kvsweep.datasets.synth;

import io.kvsweep.datasets.InvalidInputException;

/**
 * How the standard deviation of the latent channels falls off; the mean variance is 1 in any case.
 *
 * @param decay form of the fall
 * @param rate exponent of the power law or rate of the exponential; 0 is flat
 */
public record Spectrum(Decay decay, double rate) {
  /** Form of the fall from channel to channel, strongest first. */
  public enum Decay {
    /** Channel i has {@code (i + 1)^-rate}. */
    POWER_LAW,
    /** Channel i has {@code exp(-rate i)}. */
    EXPONENTIAL
  }

  public Spectrum {
    if (!(rate >= 0) || rate > 20) {
      throw new InvalidInputException(
          "synth: spectrum rate %s is out of range; expected 0 (flat) to 20".formatted(rate));
    }
  }

  /** Standard deviations of this many channels, descending. */
  double[] deviations(int channels) {
    double[] out = new double[channels];
    double sum = 0;
    for (int i = 0; i < channels; i++) {
      // StrictMath: the same bytes on every machine.
      out[i] =
          decay == Decay.POWER_LAW ? StrictMath.pow(i + 1.0, -rate) : StrictMath.exp(-rate * i);
      sum += out[i] * out[i];
    }
    double scale = Math.sqrt(channels / sum);
    for (int i = 0; i < channels; i++) {
      out[i] *= scale;
    }
    return out;
  }
}
