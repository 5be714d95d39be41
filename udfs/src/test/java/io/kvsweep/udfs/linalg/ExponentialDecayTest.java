package io.kvsweep.udfs.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExponentialDecayTest {
  private static final int MANY = 1000;

  /** Squared values of these logarithms. */
  private static double[] energies(double... logs) {
    return Arrays.stream(logs).map(log -> Math.exp(2 * log)).toArray();
  }

  @Test
  void anExponentialSpectrumHasItsRate() {
    double[] logs = new double[64];
    Arrays.setAll(logs, j -> 3 - 0.25 * j);
    ExponentialDecay decay = ExponentialDecay.fit(energies(logs), MANY);
    assertEquals(0.25, decay.rate(), 1e-12);
    assertEquals(1, decay.r2(), 1e-12);
  }

  @Test
  void byHand() {
    // Logarithms 3, 1, 1/2 less their mean 3/2, against -1, 0, 1: slope -2.5 / 2; sum of squares
    // 2.25 + 0.25 + 1 = 3.5, of which the line has 2.5^2 / 2.
    ExponentialDecay decay = ExponentialDecay.fit(energies(3, 1, 0.5), MANY);
    assertEquals(1.25, decay.rate(), 1e-12);
    assertEquals(3.125 / 3.5, decay.r2(), 1e-12);
  }

  @Test
  void roundingTakesNoPart() {
    double[] energies = {16, 4, 1, 16 * 0x1p-52, 0, 0};
    ExponentialDecay decay = ExponentialDecay.fit(energies, MANY);
    assertEquals(Math.log(2), decay.rate(), 1e-12);
    assertEquals(1, decay.r2(), 1e-12);
    // Three centred tokens span two directions, whatever the third value says.
    ExponentialDecay two = ExponentialDecay.fit(new double[] {9, 1, 0.9}, 3);
    assertEquals(Math.log(3), two.rate(), 1e-12);
  }

  @Test
  void flatHasNoVarianceToExplain() {
    ExponentialDecay decay = ExponentialDecay.fit(new double[] {0.7, 0.7, 0.7}, MANY);
    assertEquals(0, decay.rate());
    assertNull(decay.r2());
  }

  @Test
  void fewerThanTwoValuesHaveNoDecay() {
    for (double[] energies : new double[][] {{}, {0, 0}, {5}, {5, 0, 0}}) {
      assertEquals(new ExponentialDecay(null, null), ExponentialDecay.fit(energies, MANY));
    }
    assertEquals(new ExponentialDecay(null, null), ExponentialDecay.fit(new double[] {5, 1, 1}, 2));
    assertEquals(new ExponentialDecay(null, null), ExponentialDecay.fit(new double[] {5, 1}, 0));
  }
}
