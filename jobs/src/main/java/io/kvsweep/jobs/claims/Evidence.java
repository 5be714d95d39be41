package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.calibrate.CalibrationReport;
import java.util.List;

/**
 * What claims are held against.
 *
 * @param spectra of the cells that count, one per specification and place; empty without
 * @param ranges of the cells that count, three per specification and place; empty without
 * @param calibrations reports of the artefacts that were given; empty without
 */
record Evidence(
    Measurements cells,
    List<Spectrum> spectra,
    List<Range> ranges,
    List<CalibrationReport> calibrations,
    Accounting accounting) {

  /**
   * Singular values of keys, in short.
   *
   * @param spec canonical specification of the cell
   * @param channels99 latent channels that hold 99 % of the energy
   * @param predicted nmse by the theory; null where none was predicted
   * @param measured nmse of the codec
   */
  record Spectrum(
      Place place, String spec, int channels, int channels99, Double predicted, Double measured) {}

  /**
   * How wide keys, as a matrix, or one of its factors spread.
   *
   * @param tensor {@code matrix}, {@code large} or {@code small}
   */
  record Range(
      Place place, String spec, String tensor, double iqr, double peakToRms, double kurtosis) {}
}
