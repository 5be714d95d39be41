package io.kvsweep.jobs.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClusterBootstrapTest {
  private static Observation on(String model, String prompt, double value) {
    return new Observation(model, prompt, value);
  }

  /** Three models with 2, 3 and 4 prompts of 5 layers each; prompts p0 and p1 are common. */
  private static List<Observation> threeModels() {
    Random random = new Random(7);
    List<Observation> observations = new ArrayList<>();
    for (int m = 0; m < 3; m++) {
      for (int p = 0; p < m + 2; p++) {
        for (int layer = 0; layer < 5; layer++) {
          observations.add(on("m" + m, "p" + p, random.nextGaussian() + p));
        }
      }
    }
    return observations;
  }

  @Test
  void layersThenPromptsThenModelsAreAveraged() {
    Estimate estimate =
        ClusterBootstrap.STANDARD.mean(
            List.of(
                on("a", "x", 1),
                on("a", "x", 3),
                on("a", "y", 6),
                on("b", "x", 10),
                on("b", "y", 20),
                on("b", "y", 40),
                on("b", "z", 5)));
    // a: (2 + 6) / 2 = 4; b: (10 + 30 + 5) / 3 = 15.
    assertEquals(9.5, estimate.mean());
    assertEquals(7, estimate.n());
    assertEquals(3, estimate.prompts());
    assertEquals(2, estimate.models());
  }

  @Test
  void agreesWithTheSlowReference() throws Exception {
    List<Observation> observations = threeModels();
    Estimate estimate = new ClusterBootstrap(301, 11).mean(observations);
    double[] replicates = new double[301];
    for (int r = 0; r < replicates.length; r++) {
      for (int m = 0; m < 3; m++) {
        double sum = 0;
        double weights = 0;
        for (int p = 0; p < m + 2; p++) {
          double weight = referenceWeight(11, "p" + p, r);
          String model = "m" + m;
          String prompt = "p" + p;
          for (Observation o : observations) {
            if (o.model().equals(model) && o.prompt().equals(prompt)) {
              sum += weight * o.value() / 5;
            }
          }
          weights += weight;
        }
        replicates[r] += sum / weights / 3;
      }
    }
    Arrays.sort(replicates);
    // Rank 0.025 * 300 = 7.5 lies between two of them, 292.5 too. Sums of a few dozen numbers.
    assertEquals((replicates[7] + replicates[8]) / 2, estimate.low(), 1e-13);
    assertEquals((replicates[292] + replicates[293]) / 2, estimate.high(), 1e-13);
  }

  /** In integers of any size, and the logarithm of the other class. */
  private static double referenceWeight(long seed, String prompt, int replicate) throws Exception {
    String text = "16:ClusterBootstrap" + Long.toString(seed).length() + ":" + seed;
    text += prompt.length() + ":" + prompt;
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    BigInteger word = BigInteger.ONE.shiftLeft(64);
    BigInteger z =
        new BigInteger(1, Arrays.copyOf(digest, 8))
            .add(new BigInteger("9E3779B97F4A7C15", 16).multiply(BigInteger.valueOf(replicate + 1)))
            .mod(word);
    z = z.xor(z.shiftRight(30)).multiply(new BigInteger("BF58476D1CE4E5B9", 16)).mod(word);
    z = z.xor(z.shiftRight(27)).multiply(new BigInteger("94D049BB133111EB", 16)).mod(word);
    z = z.xor(z.shiftRight(31));
    return -Math.log((z.shiftRight(11).doubleValue() + 0.5) / Math.pow(2, 53));
  }

  @Test
  void orderAndLocaleChangeNoBit() {
    List<Observation> observations = threeModels();
    Estimate expected = new ClusterBootstrap(200, 1).mean(observations);
    Random random = new Random(2);
    Locale before = Locale.getDefault();
    try {
      for (String tag : List.of("tr-TR", "de-DE", "ar-EG-u-nu-arab")) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        Collections.shuffle(observations, random);
        assertEquals(expected, new ClusterBootstrap(200, 1).mean(observations));
      }
    } finally {
      Locale.setDefault(before);
    }
    assertNotEquals(expected.low(), new ClusterBootstrap(200, 2).mean(observations).low());
  }

  @Test
  void onePromptHasNoInterval() {
    Estimate one = ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", 1), on("m", "p", 2)));
    assertEquals(new Estimate(1.5, null, null, 2, 1, 1), one);
    Estimate oneOfTwo =
        ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", 1), on("m", "q", 2), on("n", "p", 3)));
    assertEquals(2.25, oneOfTwo.mean());
    assertNull(oneOfTwo.low());
    assertEquals(Estimate.NONE, ClusterBootstrap.STANDARD.mean(List.of()));
  }

  @Test
  void equalPromptsHaveAnIntervalOfNoWidth() {
    Estimate estimate =
        ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", 0.1), on("m", "q", 0.1)));
    assertEquals(0.1, estimate.mean());
    // A weighted mean of two numbers: at most 4 roundings.
    assertEquals(0.1, estimate.low(), 1e-16);
    assertEquals(0.1, estimate.high(), 1e-16);
  }

  @Test
  void aCommonPromptHasTheSameWeightInEachModel() {
    // What prompts do to one model they undo in the other: no replicate moves the mean.
    Estimate estimate =
        ClusterBootstrap.STANDARD.mean(
            List.of(on("m", "p", 1), on("m", "q", -1), on("n", "p", -1), on("n", "q", 1)));
    assertEquals(0, estimate.low(), 1e-15);
    assertEquals(0, estimate.high(), 1e-15);
  }

  @Test
  void coverageIsWhatTheoryGives() {
    // 12 normal prompts: the replicates' deviation is sqrt(11 / 13) = 0.92 of s / sqrt(12), so
    // that +-1.96 of it is +-1.80 in Student's t of 11 degrees, which holds 0.90. Of 400 trials
    // the share has a deviation of 0.015; four of them are allowed.
    Random random = new Random(5);
    ClusterBootstrap bootstrap = new ClusterBootstrap(400, 3);
    int held = 0;
    for (int trial = 0; trial < 400; trial++) {
      List<Observation> observations = new ArrayList<>();
      for (int p = 0; p < 12; p++) {
        observations.add(on("m", "p" + p, random.nextGaussian()));
      }
      Estimate estimate = bootstrap.mean(observations);
      held += estimate.low() <= 0 && estimate.high() >= 0 ? 1 : 0;
    }
    assertEquals(0.90, held / 400.0, 0.06);
  }

  @Test
  void mapsThroughARisingFunction() {
    Estimate estimate = ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", -1), on("m", "q", 1)));
    Estimate mapped = estimate.map(Math::exp);
    assertEquals(1, mapped.mean());
    assertEquals(Math.exp(estimate.low()), mapped.low());
    assertTrue(mapped.low() > Math.exp(-1) && mapped.high() < Math.exp(1));
    assertEquals(Estimate.NONE, Estimate.NONE.map(Math::exp));
  }

  @Test
  void refusesWhatIsNoNumber() {
    assertEquals(
        "expected a finite number, got -Infinity on m/p",
        assertThrows(IllegalArgumentException.class, () -> on("m", "p", Double.NEGATIVE_INFINITY))
            .getMessage());
    assertEquals(
        "expected at least 2 replicates, got 1",
        assertThrows(IllegalArgumentException.class, () -> new ClusterBootstrap(1, 1))
            .getMessage());
  }
}
