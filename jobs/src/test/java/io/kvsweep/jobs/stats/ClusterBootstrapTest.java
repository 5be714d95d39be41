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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    double mean = 0;
    double variances = 0;
    double squares = 0;
    for (int m = 0; m < 3; m++) {
      double n = m + 2;
      double[] prompts = new double[m + 2];
      for (Observation o : observations) {
        if (o.model().equals("m" + m)) {
          prompts[Integer.parseInt(o.prompt().substring(1))] += o.value() / 5;
        }
      }
      double ofModel = Arrays.stream(prompts).sum() / n;
      mean += ofModel / 3;
      double variance =
          Arrays.stream(prompts).map(x -> (x - ofModel) * (x - ofModel)).sum() / (n - 1) / n;
      variances += variance;
      squares += variance * variance / (n - 1);
      for (int r = 0; r < replicates.length; r++) {
        double sum = 0;
        double weights = 0;
        for (int p = 0; p < prompts.length; p++) {
          double weight = referenceWeight(11, "p" + p, r);
          sum += weight * prompts[p];
          weights += weight;
        }
        replicates[r] += (sum / weights - ofModel) * Math.sqrt((n + 1) / (n - 1)) / 3;
      }
    }
    double deviation = Math.sqrt(Arrays.stream(replicates).map(x -> x * x).sum() / 301);
    Arrays.sort(replicates);
    // Rank 0.025 * 300 = 7.5 lies between two of them, 292.5 too.
    double low = (replicates[7] + replicates[8]) / 2;
    double high = (replicates[292] + replicates[293]) / 2;
    // Four prompts in all are at most 3 degrees of freedom.
    double degrees = Math.min(3, variances * variances / squares);
    double t = studentQuantile(degrees);
    assertEquals(2 * t * deviation, estimate.high() - estimate.low(), 1e-7);
    assertEquals((mean - estimate.low()) / (estimate.high() - mean), low / -high, 1e-9);
  }

  /** The 97.5 % quantile by bisection of the integral of the density, in steps of an angle. */
  private static double studentQuantile(double degrees) {
    // With x = sqrt(degrees) tan(a) the density is cos(a)^(degrees - 1), up to a factor.
    int steps = 2_000_000;
    double[] below = new double[steps + 1];
    for (int i = 0; i < steps; i++) {
      below[i + 1] = below[i] + Math.pow(Math.cos((i + 0.5) / steps * Math.PI / 2), degrees - 1);
    }
    int at = 0;
    while (below[at] < 0.95 * below[steps]) {
      at++;
    }
    double part = (0.95 * below[steps] - below[at - 1]) / (below[at] - below[at - 1]);
    return Math.sqrt(degrees) * Math.tan((at - 1 + part) / steps * Math.PI / 2);
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

  /**
   * Of independent normal prompts the width is that of Student's interval, which holds the mean in
   * 0.95 of all trials; skew and the noise of 400 replicates move that by less than 0.01. Of 1000
   * trials a share of 0.95 has a deviation of sqrt(0.95 * 0.05 / 1000) = 0.007; four are allowed.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 12})
  void coverageIsNominalAlsoWithFewPrompts(int prompts) {
    assertEquals(0.95, coverage(1, prompts, false), 0.01 + 4 * 0.007);
  }

  /** Models that share all prompts are as one; with prompts of their own they know more. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void coverageOverModelsIsNoLess(boolean shared) {
    // Satterthwaite's degrees of freedom of few prompts are a little too small, which holds more.
    assertTrue(coverage(3, 2, shared) > 0.95 - 0.01 - 4 * 0.007);
  }

  private static double coverage(int models, int prompts, boolean shared) {
    Random random = new Random(5);
    ClusterBootstrap bootstrap = new ClusterBootstrap(400, 3);
    int held = 0;
    for (int trial = 0; trial < 1000; trial++) {
      List<Observation> observations = new ArrayList<>();
      for (int p = 0; p < prompts; p++) {
        double value = random.nextGaussian();
        for (int m = 0; m < models; m++) {
          observations.add(
              shared
                  ? on("m" + m, "p" + p, value)
                  : on("m" + m, m + "p" + p, random.nextGaussian()));
        }
      }
      Estimate estimate = bootstrap.mean(observations);
      held += estimate.low() <= 0 && estimate.high() >= 0 ? 1 : 0;
    }
    return held / 1000.0;
  }

  @Test
  void shiftAndScaleGoThrough() {
    Estimate estimate = ClusterBootstrap.STANDARD.mean(threeModels());
    Estimate moved =
        ClusterBootstrap.STANDARD.mean(
            threeModels().stream().map(o -> on(o.model(), o.prompt(), 8 * o.value() + 3)).toList());
    assertEquals(8 * estimate.low() + 3, moved.low(), 1e-12);
    assertEquals(8 * estimate.high() + 3, moved.high(), 1e-12);
  }

  @Test
  void whatIsBoundedIsClipped() {
    Estimate estimate =
        ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", 0.8), on("m", "q", 1))).within(-1, 1);
    assertEquals(0.9, estimate.mean(), 1e-15);
    assertEquals(1, estimate.high());
    assertTrue(estimate.low() < 0 && estimate.low() >= -1);
    assertEquals(Estimate.NONE, Estimate.NONE.within(-1, 1));
  }

  @Test
  void mapsThroughARisingFunction() {
    Estimate estimate = ClusterBootstrap.STANDARD.mean(List.of(on("m", "p", -1), on("m", "q", 1)));
    Estimate mapped = estimate.map(Math::exp);
    assertEquals(1, mapped.mean());
    assertEquals(Math.exp(estimate.low()), mapped.low());
    // Two prompts tell little: 12.7 standard errors, of 1, on either side, but for the skew of
    // weights.
    assertEquals(2 * 12.706, estimate.high() - estimate.low(), 1);
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
