package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.calibrate.CalibrationReport;
import java.util.List;

/**
 * What claims are held against.
 *
 * @param spectra rows of {@code tables/spectra.parquet}; empty without
 * @param ranges rows of {@code tables/ranges.parquet}; empty without
 * @param calibrations reports of the artefacts that were given; empty without
 */
record Evidence(
    Measurements cells,
    List<Spectrum> spectra,
    List<Range> ranges,
    List<CalibrationReport> calibrations,
    Accounting accounting) {

  /**
   * Singular values of a tensor, in short.
   *
   * @param channels99 latent channels that hold 99 % of the energy
   * @param predicted nmse by the theory; null where none was predicted
   * @param measured nmse of the codec
   */
  record Spectrum(
      Place place, String kind, int channels, int channels99, Double predicted, Double measured) {}

  /**
   * How wide the values of a matrix or of one of its factors spread.
   *
   * @param tensor {@code matrix}, {@code large} or {@code small}
   */
  record Range(
      Place place, String kind, String tensor, double iqr, double peakToRms, double kurtosis) {}
}
