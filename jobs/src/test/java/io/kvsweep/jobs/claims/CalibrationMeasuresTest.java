package io.kvsweep.jobs.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
      String model, int channels, long tokens, double seconds, double solver, int layers) {
    return new CalibrationReport(
        model,
        AQUA.spec(),
        "f",
        "r",
        List.of("p"),
        channels,
        tokens,
        seconds,
        solver,
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
    // Half the tokens, a third of the layers, half the channels; two of twelve seconds solve.
    CalibrationReport wide = report("w", 512, 128 * 8192, 12, 2, 10);
    CalibrationReport narrow = report("n", 128, 256 * 8192, 1e6, 0, 28);
    Measured hours = measure(CalibrationMeasures.hours(1024, 28), List.of(), narrow, wide);
    assertEquals((10 * 2 * 3 * 4 + 2 * 3 * 8) / 3600.0, hours.value(), 1e-12);
    assertTrue(
        hours
            .conditions()
            .startsWith(
                "256 x 8192 tokens, 1024 channels, 28 layers, extrapolated from 12.0 core-seconds (2.0 of them solving) for 1048576 tokens, 512 channels, 10 layers"),
        hours.conditions());
    assertEquals(
        "no report of a calibration; run 'kvsweep calibrate' and give its folder as --artefacts",
        measure(CalibrationMeasures.hours(1024, 28), List.of()).conditions());
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
        measure(CalibrationMeasures.generalisation(AQUA, HIGGS), rows, report("m", 8, 1, 1, 0, 3));
    assertEquals(0.2 / 0.1, loss.value(), 1e-12);
    assertEquals(1, loss.n());
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
