package io.kvsweep.jobs.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.claims.CellMeasures.Layers;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CellMeasuresTest {
  private static final Cell NEW = Cell.keys("svdq(bits=2)");
  private static final Cell OLD = Cell.keys("rtn(bits=2,axis=channel)");
  private static final Cell OLD_4 = Cell.keys("rtn(bits=4,axis=channel)");

  private final List<ResultRow> rows = new ArrayList<>();

  private void add(Cell cell, String model, String prompt, int layer, double bits, double nmse) {
    rows.add(
        Worlds.row(
            cell,
            new Place(model, prompt, layer),
            row ->
                row.set(ResultColumn.EFFECTIVE_BITS, bits)
                    .set(ResultColumn.NOMINAL_BITS, bits)
                    .set(ResultColumn.TOTAL_BYTES, Math.round(bits * 1000)) // 8,000 values
                    .set(ResultColumn.NMSE, nmse)));
  }

  private Measured measure(Claim.Measure measure) {
    return measure.of(
        new Evidence(
            new Measurements(rows), List.of(), List.of(), List.of(), new CodecAccounting()));
  }

  @Test
  void ratiosArePairedAndEachModelCountsOnce() {
    add(NEW, "m", "p", 0, 2, 0.01);
    add(OLD, "m", "p", 0, 2, 0.1); // 0.1
    add(NEW, "m", "p", 1, 2, 0.4);
    add(OLD, "m", "p", 1, 2, 0.1); // 4
    add(NEW, "m", "q", 1, 2, 0.4);
    add(OLD, "m", "q", 1, 2, 1); // 0.4
    add(NEW, "n", "p", 0, 2, 0.2);
    add(OLD, "n", "p", 0, 2, 0.1); // 2
    add(NEW, "n", "q", 0, 2, 0.2); // without a pair
    add(NEW, "o", "q", 0, 2, 0); // without error
    add(OLD, "o", "q", 0, 2, 0.1);
    Measured ratio = measure(CellMeasures.ratio(NEW, OLD, ResultColumn.NMSE, Layers.ALL));
    double m = Math.sqrt(Math.sqrt(0.1 * 4) * 0.4);
    assertEquals(Math.sqrt(m * 2), ratio.value(), 1e-12);
    assertEquals(4, ratio.n());
    assertEquals(2, ratio.models());
    assertEquals(
        "nmse of svdq(bits=2) on keys over that of rtn(bits=2,axis=channel) on keys; 1 layers without error left out; geometric mean of 4 layers, 2 prompts, 2 models (m 0.5030, n 2.000); interval without n (one prompt)",
        ratio.conditions());
    // The interval is of the models with two prompts, and the text says so.
    assertTrue(ratio.low() < m && m < ratio.high(), ratio::toString);
    assertTrue(ratio.text().startsWith("1.003x; several prompts: 0.5030x ["), ratio.text());
  }

  @Test
  void onePromptHasNoInterval() {
    add(NEW, "m", "p", 0, 2, 0.01);
    add(OLD, "m", "p", 0, 2, 0.1);
    Measured ratio = measure(CellMeasures.ratio(NEW, OLD, ResultColumn.NMSE, Layers.ALL));
    assertEquals("0.1000x", ratio.text());
    assertNull(ratio.low());
    assertNull(ratio.high());
  }

  @Test
  void theFirstLayerPresentCanBeLeftOut() {
    for (int layer = 5; layer < 8; layer++) {
      add(NEW, "m", "p", layer, 2, layer == 5 ? 1 : 0.2);
      add(OLD, "m", "p", layer, 2, 0.1);
    }
    assertEquals(
        2,
        measure(CellMeasures.ratio(NEW, OLD, ResultColumn.NMSE, Layers.ABOVE_FIRST)).value(),
        1e-12);
  }

  @Test
  void equalBytes() {
    add(OLD, "m", "p", 0, 2, 0.1);
    add(OLD_4, "m", "p", 0, 4, 0.001);
    add(NEW, "m", "p", 0, 3, 0.1); // the curve has 0.01 there
    add(OLD, "m", "p", 1, 2, 0.1);
    add(OLD_4, "m", "p", 1, 4, 0.001);
    add(NEW, "m", "p", 1, 4.5, 0.1); // outside
    Measured ratio = measure(CurveMeasures.ratioAtEqualBytes(NEW, List.of(OLD, OLD_4), Layers.ALL));
    assertEquals(10, ratio.value(), 1e-9);
    assertEquals(1, ratio.n());
    assertTrue(ratio.conditions().contains("1 layers outside of the curve"), ratio.conditions());
  }

  /** Left out, layers beyond the ends would flatter whoever is judged by the rest. */
  @Test
  void equalErrorCountsLayersBeyondTheCurveAtItsEnds() {
    double[] errors = {0.01, 0.5, 0.0001, 0};
    for (int layer = 0; layer < errors.length; layer++) {
      add(OLD, "m", "p", layer, 2, 0.1);
      add(OLD_4, "m", "p", layer, 4, 0.001);
      add(NEW, "m", "p", layer, 1.25, errors[layer]);
    }
    add(NEW, "m", "p", 9, 1.25, 0.1); // without a curve
    Measured bits = measure(CurveMeasures.bitsOfEqualError(NEW, List.of(OLD, OLD_4)));
    assertEquals((3 + 2 + 4 + 4) / 4.0, bits.value(), 1e-12);
    assertEquals(4, bits.n());
    assertTrue(
        bits.conditions()
            .contains(
                "; censored: 1 layers have more error than the fewest bits and count as those, 2 less than the most and count as those;"),
        bits.conditions());
  }

  /** AQUA's first layer has more bits than any width of its baseline; the prompt has not. */
  @Test
  void equalBytesOfAPrompt() {
    double[] bits = {4.1, 2.1, 2.1};
    double[] errors = {0.001, 0.02, 0.08};
    for (int layer = 0; layer < 3; layer++) {
      add(NEW, "m", "p", layer, bits[layer], errors[layer]);
      add(OLD, "m", "p", layer, 2, 0.1 * (layer + 1));
      add(OLD_4, "m", "p", layer, 4, 0.001 * (layer + 1));
    }
    Measured ratio = measure(CurveMeasures.ratioAtEqualPromptBytes(NEW, List.of(OLD, OLD_4)));
    // Means over layers: 2.7667 bits, and of logarithms at 2 and 4 bits.
    double at = ((4.1 + 2.1 + 2.1) / 3 - 2) / 2;
    double layers = Math.log(6) / 3; // of 1, 2, 3
    double curve = (1 - at) * (Math.log(0.1) + layers) + at * (Math.log(0.001) + layers);
    double own = (Math.log(0.001) + Math.log(0.02) + Math.log(0.08)) / 3;
    // Bytes are whole in a row: 4.1 bits of 8,000 values are 4,100 of them.
    assertEquals(Math.exp(own - curve), ratio.value(), 1e-12);
    assertEquals(3, ratio.n());
    assertTrue(
        ratio.conditions().contains("over all layers of a prompt; geometric mean of 3 layers"),
        ratio.conditions());
    // One layer alone is outside of its own curve.
    assertEquals(
        2, measure(CurveMeasures.ratioAtEqualBytes(NEW, List.of(OLD, OLD_4), Layers.ALL)).n());
    add(NEW, "m", "p", 3, 99, 0.5); // without a baseline
    assertEquals(
        ratio.value(),
        measure(CurveMeasures.ratioAtEqualPromptBytes(NEW, List.of(OLD, OLD_4))).value());
    add(OLD, "m", "p", 3, 2, 0.1);
    add(OLD_4, "m", "p", 3, 4, 0.001);
    assertEquals(
        "no layer in the range of the curve in svdq(bits=2), rtn(bits=2,axis=channel), rtn(bits=4,axis=channel); run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output",
        measure(CurveMeasures.ratioAtEqualPromptBytes(NEW, List.of(OLD, OLD_4))).conditions());
  }

  @Test
  void failedRowsAreCountedAndNamed() {
    add(NEW, "m", "p", 0, 2, 0.01);
    rows.add(
        Worlds.row(
            NEW,
            new Place("m", "p", 1),
            row -> row.set(ResultColumn.STATUS, Status.FAILED.label())));
    Measured mean = measure(CellMeasures.mean(NEW, ResultColumn.NMSE, Unit.NATS));
    assertEquals(0.01, mean.value());
    assertEquals(
        "nmse of svdq(bits=2) on keys; 1 rows failed and are left out; mean of 1 layers, 1 prompts, 1 models",
        mean.conditions());
    Measured ratio = measure(CellMeasures.ratio(NEW, OLD, ResultColumn.NMSE, Layers.ALL));
    assertEquals(
        "no measured rows of rtn(bits=2,axis=channel) on keys; run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output",
        ratio.conditions());
    Measured kl = measure(CellMeasures.mean(NEW, ResultColumn.ATTENTION_KL, Unit.NATS));
    assertEquals(
        "no attention_kl in svdq(bits=2); run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output",
        kl.conditions());
  }

  /** 1,024 channels at 2 bits with a norm of 16 bits per token: 2.015625 bits, and a header. */
  @Test
  void bitsAboveTheGaussianRateCountNorms() {
    Claim optimal =
        Claims.ALL.stream()
            .filter(claim -> claim.text().contains("compressed nearly optimally"))
            .findFirst()
            .orElseThrow();
    double values = 100 * 1024;
    double total = 25_600 + 200 + 48;
    rows.add(
        Worlds.row(
            Cell.keys("higgs(bits=2)"),
            new Place("m", "p", 0),
            row ->
                row.set(ResultColumn.NMSE, 0.0625)
                    .set(ResultColumn.NOMINAL_BITS, 2.0)
                    .set(ResultColumn.EFFECTIVE_BITS, 8 * total / values)
                    .set(ResultColumn.CODES_BYTES, 25_600L)
                    .set(ResultColumn.PARAMETERS_BYTES, 200L)
                    .set(ResultColumn.TOTAL_BYTES, (long) total)));
    Measured bits = measure(optimal.measure());
    assertEquals(0.015625, bits.value(), 1e-12);
    assertTrue(bits.conditions().startsWith("bits of codes and norms,"), bits.conditions());
  }

  @Test
  void theLatestRunCounts() {
    add(NEW, "m", "p", 0, 2, 0.5);
    rows.add(
        rows.get(0).with().set(ResultColumn.RUN_ID, "run-2").set(ResultColumn.NMSE, 0.25).build());
    rows.add(
        rows.get(0).with().set(ResultColumn.RUN_ID, "run-0").set(ResultColumn.NMSE, 0.75).build());
    var latest = new Measurements(rows).of(NEW);
    assertEquals(1, latest.size());
    assertEquals(0.25, latest.get(new Place("m", "p", 0)).get(ResultColumn.NMSE));
  }

  @Test
  void aSampleOfOneModelNamesNone() {
    TreeMap<Place, Double> values = new TreeMap<>();
    values.put(new Place("m", "p", 0), 1.0);
    values.put(new Place("m", "q", 0), 3.0);
    Measured measured = Measured.of(Sample.ofNumbers(values), Unit.BITS, "x");
    assertEquals(2, measured.value());
    assertTrue(measured.text().startsWith("2.000 bits ["), measured.text());
    assertEquals("x; mean of 2 layers, 2 prompts, 1 models", measured.conditions());
  }
}
