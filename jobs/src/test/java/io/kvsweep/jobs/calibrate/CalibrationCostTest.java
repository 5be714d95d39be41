package io.kvsweep.jobs.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.jobs.TestSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationCostTest {
  /** 10 tokens, 4 layers: first 10 x 2, sums 10 x 3 x 5, values 10 x 2 x 3, solver 3 x 7. */
  private static final CalibrationCost COST =
      CalibrationCost.of(16, 10, 4, new CalibrationCost.Parts(20, 150, 60, 21));

  @Test
  void partsAreSplitByWhatTheyGrowWith() {
    assertEquals(new CalibrationCost(16, 2, 5, 3, 7), COST);
    assertEquals(20 + 150 + 60 + 21, COST.coreSeconds(10, 4), "the run itself");
    assertEquals(2 * (20 + 150 + 60) + 21, COST.coreSeconds(20, 4));
    assertEquals(10 * (2 + 27 * 5 + 26 * 3) + 27 * 7, COST.coreSeconds(10, 28));
    assertEquals(10 * (2 + 5) + 7, COST.coreSeconds(10, 2));
    assertEquals(COST.coreSeconds(10, 4) / 3600, COST.coreHours(10, 4));
  }

  @Test
  void tooFewLayersAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CalibrationCost.of(16, 10, 2, new CalibrationCost.Parts(1, 1, 0, 1)));
    assertEquals("the cost of a calibration of 2 layers: expected at least 3", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> COST.coreSeconds(10, 1));
  }

  @Test
  void aTrialMeasuresEveryPartAndLeavesNothing(@TempDir Path folder) throws Exception {
    CalibrationCost cost =
        CalibrationTrial.cost(TestSpark.session(), "aqua(bits=2)", 2, 8, 64, folder.toString());
    assertEquals(16, cost.channels());
    assertTrue(cost.firstLayer() > 0 && cost.sums() > 0 && cost.values() > 0 && cost.solve() > 0);
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }

  /** At 8 heads of 128, as the Llama models have them. The figures of docs/costs.md. */
  @Test
  void llamaFromAShortRun(@TempDir Path folder) throws Exception {
    assumeTrue(Boolean.getBoolean("kvsweep.full"), "skipped: half a minute; run with -Pfull");
    CalibrationCost cost =
        CalibrationTrial.cost(TestSpark.session(), "aqua(bits=2)", 8, 128, 2048, folder.toString());
    String text =
        String.format(
            Locale.ROOT,
            "%s%n28 layers %.1f core-hours, 80 layers %.1f core-hours%n",
            cost,
            cost.coreHours(256L * 8192, 28),
            cost.coreHours(256L * 8192, 80));
    Files.writeString(Path.of("target", "calibration-cost.txt"), text); // to look at
    // Sums grow with C^2, which a token of a layer cannot escape: 5.5 C^2 at 100 GFLOP/s.
    assertTrue(cost.sums() > 2 * 5.5 * 1024 * 1024 / 100e9, text);
    assertTrue(cost.coreHours(256L * 8192, 80) > 2.8 * cost.coreHours(256L * 8192, 28), text);
  }
}
