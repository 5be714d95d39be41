package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.jobs.claims.Evidence.Range;
import io.kvsweep.jobs.claims.Evidence.Spectrum;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Numbers from the spectra and ranges beside the results. */
final class TableMeasures {
  private TableMeasures() {}

  /** Share of the latent channels of keys that hold 99 % of their energy. */
  static Measure shareOfChannels(Cell cell) {
    return new OfCells(
        List.of(cell),
        evidence -> {
          Map<Place, Double> shares = new TreeMap<>();
          spectra(evidence, cell)
              .forEach(
                  (place, spectrum) ->
                      shares.put(place, (double) spectrum.channels99() / spectrum.channels()));
          return shares.isEmpty()
              ? evidence.cells().missing("no spectra beside the results", List.of(cell))
              : Measured.of(
                  Sample.ofNumbers(shares),
                  Unit.PERCENT,
                  "latent channels that hold 99 % of the energy of the centred keys, over all channels");
        });
  }

  /**
   * Share of schedules, in the mean over layers, whose error the theory predicts. A layer without a
   * prediction and an error of each schedule is left out.
   *
   * @param schedules a cell each
   * @param tolerance relative to the measured error
   */
  static Measure shareOfPredictions(List<Cell> schedules, double tolerance) {
    return new OfCells(
        schedules,
        evidence -> {
          Map<Place, Integer> predictions = new TreeMap<>();
          Map<Place, Integer> close = new TreeMap<>();
          for (Cell schedule : schedules) {
            spectra(evidence, schedule)
                .forEach(
                    (place, spectrum) -> {
                      boolean compared =
                          spectrum.predicted() != null
                              && spectrum.measured() != null
                              && spectrum.measured() > 0;
                      predictions.merge(place, compared ? 1 : 0, Integer::sum);
                      boolean within =
                          compared
                              && Math.abs(spectrum.predicted() / spectrum.measured() - 1)
                                  <= tolerance;
                      close.merge(place, within ? 1 : 0, Integer::sum);
                    });
          }
          close.keySet().removeIf(place -> predictions.get(place) < schedules.size());
          int incomplete = predictions.size() - close.size();
          Map<Place, Double> shares = new TreeMap<>();
          close.forEach((place, count) -> shares.put(place, (double) count / schedules.size()));
          return shares.isEmpty()
              ? evidence
                  .cells()
                  .missing("no layer with a prediction and an error of each", schedules)
              : Measured.of(
                  Sample.ofNumbers(shares),
                  Unit.PERCENT,
                  "of %s those whose nmse is predicted within %.0f %% from the spectrum and the codec's error per width%s"
                      .formatted(
                          Cell.texts(schedules),
                          100 * tolerance,
                          incomplete == 0
                              ? ""
                              : "; %d layers without all of these left out".formatted(incomplete)));
        });
  }

  /** Geometric mean of a number of one tensor over that of another. */
  static Measure ratio(
      Cell cell, String tensor, String over, String what, ToDoubleFunction<Range> number) {
    return new OfCells(
        List.of(cell),
        evidence -> {
          Map<Place, Range> numerators = ranges(evidence, cell, tensor);
          Map<Place, Double> ratios = new TreeMap<>();
          ranges(evidence, cell, over)
              .forEach(
                  (place, below) -> {
                    Range above = numerators.get(place);
                    if (above != null
                        && number.applyAsDouble(above) > 0
                        && number.applyAsDouble(below) > 0) {
                      ratios.put(place, number.applyAsDouble(above) / number.applyAsDouble(below));
                    }
                  });
          return ratios.isEmpty()
              ? evidence.cells().missing("no ranges beside the results", List.of(cell))
              : Measured.of(
                  Sample.ofRatios(ratios),
                  Unit.TIMES,
                  "%s of the %s tensor over that of the %s, keys, variant A"
                      .formatted(what, tensor, over));
        });
  }

  private static Map<Place, Spectrum> spectra(Evidence evidence, Cell cell) {
    return evidence.spectra().stream()
        .filter(spectrum -> spectrum.spec().equals(cell.spec()))
        .collect(Collectors.toMap(Spectrum::place, spectrum -> spectrum));
  }

  private static Map<Place, Range> ranges(Evidence evidence, Cell cell, String tensor) {
    return evidence.ranges().stream()
        .filter(range -> range.spec().equals(cell.spec()) && range.tensor().equals(tensor))
        .collect(Collectors.toMap(Range::place, range -> range));
  }
}
