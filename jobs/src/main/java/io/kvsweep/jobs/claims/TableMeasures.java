package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Evidence.Range;
import io.kvsweep.jobs.claims.Evidence.Spectrum;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Numbers from the tables of spectra and ranges. */
final class TableMeasures {
  private static final String KEY = "key";

  private TableMeasures() {}

  /** Share of the latent channels of keys that hold 99 % of their energy. */
  static Measure shareOfChannels() {
    return evidence -> {
      Map<Place, Double> shares = new TreeMap<>();
      for (Spectrum spectrum : evidence.spectra()) {
        if (spectrum.kind().equals(KEY)) {
          shares.put(spectrum.place(), (double) spectrum.channels99() / spectrum.channels());
        }
      }
      return shares.isEmpty()
          ? missing("spectra")
          : Measured.of(
              Sample.ofNumbers(shares),
              Unit.PERCENT,
              "latent channels that hold 99 % of the energy of the centred keys, over all channels");
    };
  }

  /**
   * Share of the tensors whose error the theory predicts.
   *
   * @param tolerance relative to the measured error
   */
  static Measure shareOfPredictions(double tolerance) {
    return evidence -> {
      Map<Place, double[]> counts = new TreeMap<>();
      for (Spectrum spectrum : evidence.spectra()) {
        if (spectrum.predicted() != null
            && spectrum.measured() != null
            && spectrum.measured() > 0
            && spectrum.kind().equals(KEY)) {
          double[] count = counts.computeIfAbsent(spectrum.place(), place -> new double[2]);
          count[0] += Math.abs(spectrum.predicted() / spectrum.measured() - 1) <= tolerance ? 1 : 0;
          count[1]++;
        }
      }
      Map<Place, Double> shares = new TreeMap<>();
      counts.forEach((place, count) -> shares.put(place, count[0] / count[1]));
      return shares.isEmpty()
          ? missing("spectra")
          : Measured.of(
              Sample.ofNumbers(shares),
              Unit.PERCENT,
              "schedules of a layer whose nmse is predicted within %.0f %% from the spectrum and the codec's error per width"
                  .formatted(100 * tolerance));
    };
  }

  /** Geometric mean of a number of one tensor over that of another. */
  static Measure ratio(String tensor, String over, String what, ToDoubleFunction<Range> number) {
    return evidence -> {
      Map<Place, Double> ratios = new TreeMap<>();
      for (Range range : evidence.ranges()) {
        if (range.kind().equals(KEY) && range.tensor().equals(tensor)) {
          evidence.ranges().stream()
              .filter(r -> r.tensor().equals(over) && r.kind().equals(KEY))
              .filter(r -> r.place().equals(range.place()))
              .filter(r -> number.applyAsDouble(r) > 0 && number.applyAsDouble(range) > 0)
              .forEach(
                  r ->
                      ratios.put(
                          range.place(), number.applyAsDouble(range) / number.applyAsDouble(r)));
        }
      }
      return ratios.isEmpty()
          ? missing("ranges")
          : Measured.of(
              Sample.ofRatios(ratios),
              Unit.TIMES,
              "%s of the %s tensor over that of the %s, keys, variant A"
                  .formatted(what, tensor, over));
    };
  }

  private static Measured missing(String table) {
    return Measured.missing(
        "no such rows in tables/%s.parquet; run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output and 'kvsweep aggregate'"
            .formatted(table));
  }
}
