package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.synth.Spectrum;
import io.kvsweep.datasets.tensor.DType;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Texts of the command line as values of ours. */
final class Converters {
  private Converters() {}

  static void register(CommandLine commandLine) {
    commandLine.registerConverter(DType.class, Converters::dtype);
    commandLine.registerConverter(Spectrum.class, Converters::spectrum);
  }

  private static DType dtype(String text) {
    try {
      return DType.of(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static Spectrum spectrum(String text) {
    int colon = text.indexOf(':');
    try {
      double rate = Double.parseDouble(text.substring(colon + 1));
      return switch (text.substring(0, Math.max(colon, 0))) {
        case "power-law" -> new Spectrum(Spectrum.Decay.POWER_LAW, rate);
        case "exponential" -> new Spectrum(Spectrum.Decay.EXPONENTIAL, rate);
        default -> throw notASpectrum(text);
      };
    } catch (NumberFormatException e) {
      throw notASpectrum(text);
    }
  }

  private static TypeConversionException notASpectrum(String text) {
    return new TypeConversionException(
        "'" + text + "' is no spectrum: expected power-law:RATE or exponential:RATE");
  }
}
