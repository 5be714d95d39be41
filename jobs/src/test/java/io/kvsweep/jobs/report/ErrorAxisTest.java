package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.aggregate.SummaryMetric;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ErrorAxisTest {
  private static final double ROUNDING = RoundingLevel.of(SummaryMetric.OUTPUT_ERROR);

  @Test
  void roundingTakesNoDecades() {
    ErrorAxis without = ErrorAxis.around(List.of(0.1, 1e-4), ROUNDING);
    for (double tiny : new double[] {1e-31, 1e-14, 4e-12}) {
      ErrorAxis with = ErrorAxis.around(List.of(0.1, 1e-4, tiny), ROUNDING);
      assertTrue(with.isRounding(tiny));
      assertEquals(with.axis().min(), with.drawn(tiny));
      // One level of 8 % of the height, whatever the error.
      assertEquals(
          1.08,
          Math.log(with.axis().max() / with.axis().min())
              / Math.log(without.axis().max() / without.axis().min()),
          1e-12);
    }
  }

  @Test
  void zeroLiesBelowRoundingBelowWhatWasMeasured() {
    ErrorAxis axis = ErrorAxis.around(List.of(0.1, 1e-4, 1e-31, 0.0), ROUNDING);
    assertEquals(axis.axis().min(), axis.drawn(0));
    assertTrue(axis.drawn(0) < axis.drawn(1e-31));
    assertTrue(axis.drawn(1e-31) < 1e-4);
    // Levels are as far from each other as from the errors.
    assertEquals(0.08 / 1.16, axis.axis().position(axis.drawn(1e-31)), 1e-12);
    List<String> labels = axis.ticks().stream().map(ErrorAxis.Tick::label).toList();
    assertEquals(List.of("< 1.46e-11", "0"), labels.subList(labels.size() - 2, labels.size()));
    assertEquals(1e-4, axis.ticks().get(0).error());
    assertEquals(1e-4, axis.drawn(1e-4));
  }

  @Test
  void nothingButRoundingOrZeroHasAnAxis() {
    for (List<Double> errors : List.of(List.of(1e-31), List.of(0.0), List.of(0.0, 1e-31))) {
      ErrorAxis axis = ErrorAxis.around(errors, ROUNDING);
      for (double error : errors) {
        double position = axis.axis().position(axis.drawn(error));
        assertTrue(position >= 0 && position < 0.2, errors + ": " + position);
      }
    }
  }

  /** What the level is derived from: sums of 4096 float32 products against the same in double. */
  @Test
  void sumsInFloatStayBelowTheLevel() {
    Random random = new Random(3);
    double error = 0;
    double size = 0;
    for (int value = 0; value < 200; value++) {
      float sum = 0;
      double exact = 0;
      for (int i = 0; i < 4096; i++) {
        float a = (float) random.nextGaussian();
        float b = (float) random.nextGaussian();
        sum += a * b;
        exact += (double) a * b;
      }
      error += (sum - exact) * (sum - exact);
      size += exact * exact;
    }
    assertTrue(error > 0);
    assertTrue(error / size < ROUNDING, () -> "sums of 4096 terms");
    // A uniform quantiser of 16 bits lies above: steps of 2^-16 of a range at least twice the rms.
    assertFalse(4 * Math.pow(4, -16) / 12 < ROUNDING);
  }
}
