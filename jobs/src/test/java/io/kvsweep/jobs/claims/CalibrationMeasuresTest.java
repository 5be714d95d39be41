package io.kvsweep.jobs.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.calibrate.CalibrationCost;
import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CalibrationMeasuresTest {
  private static final Cell AQUA = Cell.keys("aqua(bits=2)");
  private static final Cell HIGGS = Cell.keys("higgs(bits=2)");

  private static CalibrationReport report(
      String model, long tokens, CalibrationCost cost, int layers) {
    return report(model, tokens, cost, layers, AQUA.spec());
  }

  private static CalibrationReport report(
      String model, long tokens, CalibrationCost cost, int layers, String spec) {
    return new CalibrationReport(
        model,
        spec,
        "f",
        "r",
        List.of("p"),
        tokens,
        12,
        cost,
        1,
        1,
        1,
        IntStream.range(1, layers)
            .mapToObj(l -> new CalibrationReport.Layer(l, 0.1 * l, 0, 0.2, 0))
            .toList());
  }

  private static Measured measure(
      Claim.Measure measure, List<ResultRow> rows, CalibrationReport... reports) {
    return measure.of(
        new Evidence(
            new Measurements(rows), List.of(), List.of(), List.of(reports), new CodecAccounting()));
  }

  @Test
  void hoursAreExtrapolatedFromTheWidestReport() {
    CalibrationCost halfAsWide = new CalibrationCost(512, 1, 2, 3, 5e6);
    CalibrationReport wide = report("w", 1000, halfAsWide, 10);
    CalibrationReport narrow = report("n", 9999, new CalibrationCost(128, 9, 9, 9, 9), 28);
    CalibrationReport untold = report("u", 9999, null, 2);
    // Wider than all, of another method.
    CalibrationReport other =
        report(
            "o", 9999, new CalibrationCost(2048, 1, 1, 1, 1), 28, Cell.keys("aqua(bits=3)").spec());
    double tokens = 256 * 8192;
    double seconds = tokens * (2 + 27 * 2 * 4 + 26 * 3 * 4) + 27 * 5e6 * 8;
    Measured hours =
        measure(
            CalibrationMeasures.hours(AQUA.spec(), 1024, 28),
            List.of(),
            narrow,
            wide,
            untold,
            other);
    assertEquals(seconds / 3600, hours.value(), 1e-6);
    assertTrue(
        hours
            .conditions()
            .startsWith(
                "256 x 8192 tokens, 1024 channels, 28 layers, extrapolated from 12.0 core-seconds for 1000 tokens, 512 channels, 10 layers of w, sums and predictions by channels^2, solving by channels^3;"),
        hours.conditions());
    Measured same = measure(CalibrationMeasures.hours(AQUA.spec(), 512, 10), List.of(), wide);
    assertEquals(halfAsWide.coreHours(256 * 8192, 10), same.value());
    assertTrue(same.conditions().contains("layers of w; without"), same.conditions());
    assertEquals(
        "no report of a calibration of %s with three layers or more; run 'kvsweep calibrate' and give its folder as --artefacts"
            .formatted(AQUA.spec()),
        measure(CalibrationMeasures.hours(AQUA.spec(), 1024, 28), List.of(), untold, other)
            .conditions());
  }

  @Test
  void whatHeldOutPromptsLose() {
    Place place = new Place("m", "held-out", 1);
    List<ResultRow> rows =
        List.of(
            Worlds.row(AQUA, place, row -> row.set(ResultColumn.NMSE, 0.02)),
            Worlds.row(HIGGS, place, row -> row.set(ResultColumn.NMSE, 0.1)),
            // Nothing predicts the first layer.
            Worlds.row(
                AQUA, new Place("m", "held-out", 0), row -> row.set(ResultColumn.NMSE, 0.01)));
    Measured loss =
        measure(CalibrationMeasures.generalisation(AQUA, HIGGS), rows, report("m", 1, null, 3));
    assertEquals(0.2 / 0.1, loss.value(), 1e-12);
    assertEquals(1, loss.n());
    Measured left =
        measure(
            CalibrationMeasures.unpredicted(
                AQUA.spec(), "keys", CalibrationReport.Layer::keyRelMse),
            rows,
            report("m", 1, null, 2),
            report("synthetic, not swept", 1, null, 2));
    assertEquals(0.1, left.value(), 1e-12);
    assertEquals(1, left.n());
  }

  @Test
  void theArtefactIsBilledToOnePrompt() {
    // 100 bytes of keys in each of two layers, 400 values at 2 bits; 800 bytes over 4 such tensors.
    List<ResultRow> rows =
        IntStream.range(0, 2)
            .mapToObj(
                layer ->
                    Worlds.row(
                        AQUA,
                        new Place("m", "p", layer),
                        row ->
                            row.set(ResultColumn.EFFECTIVE_BITS, 2.0)
                                .set(ResultColumn.TOTAL_BYTES, 100L)
                                .set(ResultColumn.ARTEFACT_BYTES, 800L)))
            .toList();
    assertEquals(
        2 + 8 * 800 / 1600.0, measure(CalibrationMeasures.bitsWithArtefact(AQUA), rows).value());
  }
}
