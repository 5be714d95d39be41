package io.kvsweep.jobs.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class RankCorrelationTest {
  @Test
  void knownValues() {
    // Without ties: 1 - 6 sum d^2 / (n (n^2 - 1)), with sum d^2 = 194 and n = 10.
    double[] a = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
    double[] b = {7, 27, 0, 50, 28, 29, 20, 12, 6, 17};
    assertEquals(-29.0 / 165, RankCorrelation.spearman(a, b), 1e-15);
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    assertEquals(
        Math.sqrt(0.9),
        RankCorrelation.spearman(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4}),
        1e-15);
    double[] infinite = {1, 2, Double.POSITIVE_INFINITY};
    assertEquals(1, RankCorrelation.spearman(infinite, new double[] {1, 10, 11}));
    assertEquals(-1, RankCorrelation.spearman(infinite, new double[] {3, 2, 1}));
  }

  @Test
  void nothingIsSaidOfTooLittle() {
    assertNull(RankCorrelation.spearman(new double[] {}, new double[] {}));
    assertNull(RankCorrelation.spearman(new double[] {1, 2}, new double[] {1, 2}));
    assertNull(RankCorrelation.spearman(new double[] {1, 1, 1}, new double[] {1, 2, 3}));
  }
}
