package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.calibrate.CalibrationCost;
import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.udfs.result.ResultColumn;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Numbers from the reports of calibrations. */
final class CalibrationMeasures {
  private static final long SEQUENCES = 256;
  private static final long TOKENS_EACH = 8192;

  private CalibrationMeasures() {}

  /**
   * Hours of one core that calibration takes at a shape, from the report of the most channels.
   *
   * <p>At other channels the sums and predictions of a layer are scaled by {@code C^2}, its systems
   * of equations by {@code C^3} and its first layer by {@code C}. What grows with {@code C} alone
   * in the first of these (reading, quantising) makes that an upper estimate where the report has
   * fewer channels.
   *
   * @param spec canonical specification of the calibrated method; another width or predictor costs
   *     other hours
   */
  static Measure hours(String spec, int channels, int layers) {
    return evidence ->
        evidence.calibrations().stream()
            .filter(report -> report.methodSpec().equals(spec) && report.cost() != null)
            .max(
                Comparator.<CalibrationReport>comparingInt(report -> report.cost().channels())
                    .thenComparingLong(CalibrationReport::tokens))
            .map(report -> extrapolate(report, channels, layers))
            .orElseGet(
                () ->
                    Measured.missing(
                        "no report of a calibration of %s with three layers or more; run 'kvsweep calibrate' and give its folder as --artefacts"
                            .formatted(spec)));
  }

  private static Measured extrapolate(CalibrationReport report, int channels, int layers) {
    CalibrationCost cost = report.cost();
    double width = (double) channels / cost.channels();
    CalibrationCost scaled =
        new CalibrationCost(
            channels,
            cost.firstLayer() * width,
            cost.sums() * width * width,
            cost.values() * width * width,
            cost.solve() * width * width * width);
    return Measured.single(
        scaled.coreHours(SEQUENCES * TOKENS_EACH, layers),
        Unit.HOURS,
        "%d x %d tokens, %d channels, %d layers, extrapolated from %.1f core-seconds for %d tokens, %d channels, %d layers of %s%s; without running the model for its keys and values, which the paper's hours include"
            .formatted(
                SEQUENCES,
                TOKENS_EACH,
                channels,
                layers,
                report.coreSeconds(),
                report.tokens(),
                cost.channels(),
                report.layers().size() + 1,
                report.model(),
                width == 1 ? "" : ", sums and predictions by channels^2, solving by channels^3"));
  }

  /**
   * What predictors leave of keys or values on the tokens they were fitted on.
   *
   * @param spec canonical specification of the calibrated method
   */
  static Measure unpredicted(
      String spec, String what, ToDoubleFunction<CalibrationReport.Layer> error) {
    return evidence -> {
      Map<Place, Double> left = leftovers(evidence, spec, error);
      return left.isEmpty()
          ? missing()
          : Measured.of(
              Sample.ofRatios(left),
              Unit.PERCENT,
              "squared error of predicted %s over their squares on the calibration tokens, layers above the first"
                  .formatted(what));
    };
  }

  /**
   * How much less prompts that the predictors have not seen gain than the calibration tokens: error
   * over that of direct quantisation, over what predictors left of the calibration tokens.
   */
  static Measure generalisation(Cell aqua, Cell direct) {
    return new OfCells(
        List.of(aqua, direct),
        evidence -> {
          Map<String, Map<Integer, Double>> promised = new TreeMap<>();
          leftovers(evidence, aqua.spec(), CalibrationReport.Layer::keyRelMse)
              .forEach(
                  (place, left) ->
                      promised
                          .computeIfAbsent(place.model(), model -> new TreeMap<>())
                          .put(place.layer(), left));
          if (promised.isEmpty()) {
            return missing();
          }
          var baseline = evidence.cells().of(direct);
          Map<Place, Double> ratios = new TreeMap<>();
          evidence
              .cells()
              .of(aqua)
              .forEach(
                  (place, row) -> {
                    Double left = promised.getOrDefault(place.model(), Map.of()).get(place.layer());
                    if (left != null && left > 0 && baseline.containsKey(place)) {
                      double gain =
                          (Double) row.get(ResultColumn.NMSE)
                              / (Double) baseline.get(place).get(ResultColumn.NMSE);
                      ratios.put(place, gain / left);
                    }
                  });
          return ratios.isEmpty()
              ? Measured.missing(
                  "no measured rows of %s and %s for models of the artefacts; run 'kvsweep sweep jobs/sweeps/claims-aqua.yaml' on prompts held out"
                      .formatted(aqua, direct))
              : Measured.of(
                  Sample.ofRatios(ratios),
                  Unit.TIMES,
                  "nmse of %s over that of %s on held-out prompts, over the relative error of the predictors on the calibration tokens"
                      .formatted(aqua, direct.text()));
        });
  }

  /**
   * Bits per value of the keys of each prompt, with the artefact, which serves keys and values of
   * all layers, billed to this prompt alone.
   */
  static Measure bitsWithArtefact(Cell keys) {
    return new OfCells(
        List.of(keys),
        evidence -> {
          var rows = evidence.cells().of(keys);
          Map<Place, Double> bits = new TreeMap<>();
          rows.forEach(
              (place, row) -> {
                Long artefact = (Long) row.get(ResultColumn.ARTEFACT_BYTES);
                long layers = rows.keySet().stream().filter(place::samePrompt).count();
                if (artefact != null) {
                  double values = 8.0 * (Long) row.get(ResultColumn.TOTAL_BYTES);
                  values /= (Double) row.get(ResultColumn.EFFECTIVE_BITS);
                  bits.put(
                      place,
                      (Double) row.get(ResultColumn.EFFECTIVE_BITS)
                          + 8.0 * artefact / (2 * layers * values));
                }
              });
          return bits.isEmpty()
              ? Measured.missing(
                  "no measured rows of %s with an artefact; calibrate and run 'kvsweep sweep jobs/sweeps/claims-aqua.yaml' into this output"
                      .formatted(keys))
              : Measured.of(
                  Sample.ofNumbers(bits),
                  Unit.BITS,
                  "effective_bits of %s and artefact_bytes over the keys and values of all layers"
                      .formatted(keys));
        });
  }

  private static Map<Place, Double> leftovers(
      Evidence evidence, String spec, ToDoubleFunction<CalibrationReport.Layer> error) {
    Map<Place, Double> left = new TreeMap<>();
    // A folder may also hold synthetic models, calibrated for what it costs.
    Set<String> models = evidence.cells().models();
    List<CalibrationReport> reports =
        evidence.calibrations().stream()
            .filter(report -> report.methodSpec().equals(spec))
            .filter(report -> models.contains(report.model()))
            .toList();
    for (CalibrationReport report : reports) {
      for (CalibrationReport.Layer layer : report.layers()) {
        if (error.applyAsDouble(layer) > 0) {
          left.put(
              new Place(report.model(), String.join("+", report.prompts()), layer.layer()),
              error.applyAsDouble(layer));
        }
      }
    }
    return left;
  }

  private static Measured missing() {
    return Measured.missing(
        "no report of a calibration of these models; run 'kvsweep calibrate' and give its folder as --artefacts");
  }
}
