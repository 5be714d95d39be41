package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.udfs.testkit.Seeds;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seeds.class)
class GaussianReferenceTest {
  @Test
  void whiteDataLosesAFactorOfFourPerBit() {
    double[] energies = new double[64];
    Arrays.fill(energies, 3);
    GaussianReference white = new GaussianReference(energies, 3 * 64);
    for (double bits : new double[] {0, 0.1, 0.5, 1, 1.25, 2, 4, 8, 16}) {
      double expected = Math.pow(4, -bits);
      assertEquals(expected, white.nmseAt(bits), 1e-12 * expected, bits + " bits");
      assertEquals(bits, white.bitsAt(expected), 1e-12, bits + " bits");
    }
  }

  /** What another implementation found for this spectrum, given to two or three digits. */
  @Test
  void anExponentialSpectrumHasItsKnownErrors() {
    double[] energies = new double[128];
    double total = 0;
    for (int i = 0; i < energies.length; i++) {
      energies[i] = Math.exp(-i / 16.0);
      total += energies[i];
    }
    GaussianReference reference = new GaussianReference(energies, total);
    assertEquals(.0319, reference.nmseAt(1.25), 0.02 * .0319);
    assertEquals(.0094, reference.nmseAt(2), 0.02 * .0094);
    assertEquals(.0023, reference.nmseAt(3), 0.02 * .0023);
  }

  private static double[] spectrum(Random random, int n) {
    double[] energies = new double[n];
    for (int i = 0; i < n; i++) {
      energies[i] = random.nextInt(5) == 0 ? 0 : Math.exp(3 * random.nextGaussian());
      if (i > 0 && random.nextInt(6) == 0) {
        energies[i] = energies[i - 1]; // plateaus
      }
    }
    Arrays.sort(energies);
    for (int i = 0; i < n / 2; i++) {
      double t = energies[i];
      energies[i] = energies[n - 1 - i];
      energies[n - 1 - i] = t;
    }
    return energies;
  }

  private static double distortion(double[] energies, double level) {
    return Arrays.stream(energies).map(e -> Math.min(e, level)).sum();
  }

  private static double rate(double[] energies, double level) {
    return Arrays.stream(energies)
            .map(e -> e > level ? 0.5 * Math.log(e / level) / Math.log(2) : 0)
            .sum()
        / energies.length;
  }

  /** The definition, its water level found by bisection. */
  @Test
  void agreesWithWaterFillingByBisection(Random random) {
    for (int round = 0; round < 300; round++) {
      double[] energies = spectrum(random, 1 + random.nextInt(40));
      double total = Arrays.stream(energies).sum() * (1 + random.nextDouble());
      if (energies[0] == 0) {
        continue;
      }
      GaussianReference reference = new GaussianReference(energies, total);
      double bits = 6 * random.nextDouble();
      double low = -200; // of the logarithm of the level
      double high = Math.log(energies[0]);
      for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (rate(energies, Math.exp(middle)) > bits) {
          low = middle;
        } else {
          high = middle;
        }
      }
      double expected = distortion(energies, Math.exp(high)) / total;
      assertEquals(expected, reference.nmseAt(bits), 1e-10 * expected);
      assertEquals(bits, reference.bitsAt(expected), 1e-10, "inverse");
    }
  }

  /** Where the water just reaches an energy, rounding must not lose the rate. */
  @Test
  void levelsAtTheEnergiesThemselvesHaveTheirRate(Random random) {
    for (int round = 0; round < 2000; round++) {
      double[] energies = spectrum(random, 2 + random.nextInt(30));
      double total = Arrays.stream(energies).sum();
      for (double level : energies) {
        if (level > 0) {
          double nmse = distortion(energies, level) / total;
          assertEquals(
              rate(energies, level),
              new GaussianReference(energies, total).bitsAt(nmse),
              1e-10,
              () -> Arrays.toString(energies) + " at level " + level);
        }
      }
    }
  }

  @Test
  void nothingToCodeNeedsNoBitsAndHasNoError() {
    GaussianReference zero = new GaussianReference(new double[4], 0);
    assertEquals(0, zero.nmseAt(2));
    assertEquals(0, zero.bitsAt(0));
    GaussianReference some = new GaussianReference(new double[] {4, 1, 0}, 10);
    assertEquals(0.5, some.nmseAt(0), 1e-15);
    assertEquals(0, some.bitsAt(0.5), 1e-15);
    assertEquals(0, some.bitsAt(0.9));
  }
}
