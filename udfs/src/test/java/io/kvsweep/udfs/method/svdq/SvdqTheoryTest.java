package io.kvsweep.udfs.method.svdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.Spectrum;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.ExponentialDecay;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class SvdqTheoryTest {
  private static TensorCodec codec(String spec) {
    String canonical = Methods.STANDARD.expand(spec).get(0).key();
    return (TensorCodec) Methods.STANDARD.pipeline(canonical, /* seed= */ 1).codec();
  }

  private static List<Spectrum> spectra(String spec, TensorView view) {
    return codec(spec).spectra(view, codec(spec).encode(view));
  }

  private static Spectrum spectrum(String spec, TensorView view) {
    List<Spectrum> spectra = spectra(spec, view);
    assertEquals(1, spectra.size());
    return spectra.get(0);
  }

  private static double measured(String spec, TensorView view) {
    TensorCodec codec = codec(spec);
    float[] decoded = codec.decode(codec.encode(view), view.shape()).data();
    return Tensors.nmse(view.data(codec.rope()), decoded);
  }

  /**
   * Four tokens: channel 0 is (3, 3, -3, -3), channel 1 (1, -1, 1, -1), channel 2 the constant 2.
   * Singular values of the centred matrix: 6, 2 and zeros.
   */
  private static TensorView byHand() {
    float[] data = new float[4 * 8];
    for (int t = 0; t < 4; t++) {
      data[t * 8] = t < 2 ? 3 : -3;
      data[t * 8 + 1] = t % 2 == 0 ? 1 : -1;
      data[t * 8 + 2] = 2;
    }
    return Tensors.keys(data, 4, 1, 8);
  }

  @Test
  void singularValuesByHand() {
    Spectrum spectrum = spectrum("svdq(bits=2)", byHand());
    assertArrayEquals(
        new double[] {6, 2, 0, 0, 0, 0, 0, 0}, spectrum.singularValues(), /* delta= */ 1e-12);
    assertEquals(4, spectrum.tokens());
    assertNull(spectrum.head());
    assertEquals(2, spectrum.channels99()); // 36 of 40 are 90 %
    assertEquals(2, spectrum.nominalBits());
    assertEquals(Math.log(3), ExponentialDecay.fit(spectrum.energies(), 4).rate(), 1e-12);
  }

  /**
   * Squared norm 36 + 4 + 16 = 56. Two values of one bit each lie a quarter of the range from the
   * levels: both groups lose a quarter of their energy, so w(1) = 1/4.
   */
  @Test
  void predictionByHand() {
    assertEquals(
        40.0 / 56, spectrum("svdq(schedule=0-0-0-0-0-0-0-0)", byHand()).predictedNmse(), 1e-12);
    Spectrum one = spectrum("svdq(schedule=1-0-0-0-0-0-0-0)", byHand());
    assertEquals((36 / 4.0 + 4) / 56, one.predictedNmse(), 1e-6);
    Spectrum both = spectrum("svdq(schedule=1-1-0-0-0-0-0-0)", byHand());
    assertEquals(40 / 4.0 / 56, both.predictedNmse(), 1e-6);
    assertEquals(measured("svdq(schedule=1-1-0-0-0-0-0-0)", byHand()), both.predictedNmse(), 1e-6);
  }

  /** One number per width: a group's own error at its width would be the measurement itself. */
  @Test
  void oneErrorPerWidthForAllGroups() {
    float[] data = new float[64 * 8];
    for (int t = 0; t < 64; t++) {
      data[t * 8] = t % 2 == 0 ? 8 : -8; // two values: no error at 2 endpoints
      data[t * 8 + 1] = (float) Math.sin(0.7 * t);
    }
    TensorView view = Tensors.keys(data, 64, 1, 8);
    String spec = "svdq(schedule=%s,levels=endpoints,group=0)";
    double first = spectrum(spec.formatted("1-0-0-0-0-0-0-0"), view).predictedNmse();
    double none = spectrum(spec.formatted("0-0-0-0-0-0-0-0"), view).predictedNmse();
    double measured = measured(spec.formatted("1-0-0-0-0-0-0-0"), view);
    assertTrue(measured < 0.01, () -> "measured " + measured);
    // Half of what the sine loses at a bit, charged to the first group too.
    assertTrue(first > 0.1 && first < none, () -> "predicted " + first + ", dropped " + none);
  }

  /**
   * Rotation keeps the energy, so at uniform width the latent space has the error of the channels
   * themselves. Gaussian channels of 2,048 tokens: the largest magnitudes of 64 channels scatter by
   * some per cent, which averages to less than 2 %; 5 % leaves room for the axes' dependence on the
   * data.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void noFreeLunchAtUniformWidth(int bits) {
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(Seeds.random(), 2048, 64, 0.1), 2048, 1, 64);
    String width = (bits + "-").repeat(7) + bits;
    String latent = "svdq(schedule=%s,levels=endpoints,group=0)".formatted(width);
    double channels = measured("rtn(bits=%d,axis=channel)".formatted(bits), view);
    assertEquals(1, measured(latent, view) / channels, 0.05);
    Spectrum spectrum = spectrum(latent, view);
    assertEquals(1, spectrum.predictedNmse() / channels, 0.05);
    assertEquals(1, spectrum.predictedNmseGaussian() / channels, 0.05);
  }

  /**
   * First order: sampling moves neighbouring eigenvalues apart so that the rate grows by 1 / (2 T);
   * twice that, and four standard errors of the slope of 64 logarithms that scatter by (2 T)^-1/2
   * each.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.1})
  void anExponentialSpectrumIsRecovered(double alpha) {
    int tokens = 4096;
    int channels = 64;
    TensorView view =
        Tensors.keys(
            Tensors.exponentialSpectrum(Seeds.random(), tokens, channels, alpha),
            tokens,
            1,
            channels);
    Spectrum spectrum = spectrum("svdq(bits=2)", view);
    ExponentialDecay decay = ExponentialDecay.fit(spectrum.energies(), tokens);
    double standardError = 1 / Math.sqrt(2.0 * tokens) / Math.sqrt(Math.pow(channels, 3) / 12);
    assertEquals(alpha, decay.rate(), 1.0 / tokens + 4 * standardError);
    assertTrue(decay.r2() > 0.98, () -> "r2 " + decay.r2());
    assertEquals(1, spectrum.predictedNmse() / measured("svdq(bits=2)", view), 0.25);
    assertEquals(1, spectrum.predictedNmseGaussian() / measured("svdq(bits=2)", view), 0.25);
  }

  @Test
  void scheduleIsTheOneOfTheBlock(Random random) {
    TensorView view = Tensors.keys(Tensors.exponentialSpectrum(random, 300, 32, 0.2), 300, 2, 16);
    for (String spec : List.of("svdq(bits=auto:1.5)", "svdq(effective_bits=4)")) {
      TensorCodec codec = codec(spec);
      byte[] block = codec.encode(view);
      Spectrum spectrum = codec.spectra(view, block).get(0);
      assertEquals(codec.nominalBits(block), spectrum.nominalBits());
      assertTrue(spectrum.nominalBits() > 0);
      assertEquals(1, spectrum.predictedNmse() / measured(spec, view), 0.25);
    }
  }

  @Test
  void separateHeadsHaveASpectrumEach(Random random) {
    TensorView view = Tensors.keys(Tensors.exponentialSpectrum(random, 300, 32, 0.2), 300, 2, 16);
    List<Spectrum> spectra = spectra("svdq(bits=3,heads=separate)", view);
    assertEquals(List.of(0, 1), spectra.stream().map(Spectrum::head).toList());
    for (int head = 0; head < 2; head++) {
      double[] energies = view.principalAxes(RopeStage.PRE, head * 16, 16).energies();
      assertArrayEquals(energies, spectra.get(head).energies());
      float[] exact = head(view.data(RopeStage.PRE), head);
      TensorView alone = Tensors.keys(exact, 300, 1, 16);
      assertEquals(
          spectrum("svdq(bits=3)", alone).predictedNmse(),
          spectra.get(head).predictedNmse(),
          1e-12);
    }
  }

  private static float[] head(float[] data, int head) {
    float[] out = new float[data.length / 2];
    for (int i = 0; i < out.length; i++) {
      out[i] = data[i / 16 * 32 + head * 16 + i % 16];
    }
    return out;
  }

  /** A rotation of the heads keeps singular values and norms. */
  @Test
  void behindATransform(Random random) {
    TensorView view = Tensors.keys(Tensors.exponentialSpectrum(random, 300, 32, 0.2), 300, 2, 16);
    double[] plain = spectrum("svdq(bits=2)", view).singularValues();
    double[] rotated = spectrum("hadamard | svdq(bits=2)", view).singularValues();
    assertArrayEquals(plain, rotated, 1e-5 * plain[0]); // float32 on the way
  }

  /** What is kept whole is in neither side; what is coded with a frozen basis is in both. */
  @Test
  void tails(Random random) {
    float[] data = Tensors.exponentialSpectrum(random, 300, 32, 0.2);
    TensorView view = Tensors.keys(data, 300, 1, 32);
    TensorView prefill = Tensors.keys(Arrays.copyOf(data, 260 * 32), 260, 1, 32);
    Spectrum exact = spectrum("svdq(bits=2,tail=exact:40)", view);
    Spectrum alone = spectrum("svdq(bits=2)", prefill);
    assertEquals(260, exact.tokens());
    assertEquals(alone.predictedNmse(), exact.predictedNmse(), 1e-12);
    assertArrayEquals(alone.energies(), exact.energies());
    Spectrum frozen = spectrum("svdq(bits=2,tail=frozen:40)", view);
    assertArrayEquals(alone.energies(), frozen.energies());
    assertEquals(1, frozen.predictedNmse() / measured("svdq(bits=2,tail=frozen:40)", view), 0.25);
    Spectrum nothing = spectrum("svdq(bits=2,tail=exact:300)", view);
    assertEquals(0, nothing.tokens());
    assertEquals(0, nothing.predictedNmse());
    assertEquals(0, nothing.channels99());
  }

  @Test
  void edgesAreDefined(Random random) {
    float[] constant = new float[5 * 16];
    Arrays.fill(constant, 1.5f);
    for (TensorView view :
        List.of(
            Tensors.keys(Tensors.gaussian(random, 16, 1), 1, 1, 16),
            Tensors.keys(new float[5 * 16], 5, 1, 16),
            Tensors.keys(constant, 5, 1, 16))) {
      Spectrum spectrum = spectrum("svdq(bits=2)", view);
      assertArrayEquals(new double[16], spectrum.singularValues());
      assertEquals(0, spectrum.channels99());
      assertEquals(0, spectrum.predictedNmse());
      assertEquals(0, spectrum.predictedNmseGaussian());
      assertNull(ExponentialDecay.fit(spectrum.energies(), spectrum.tokens()).rate());
    }
    // Ten tokens of forty channels span nine directions.
    TensorView wide =
        Tensors.view(
            TensorKind.VALUE,
            RopeStage.NONE,
            DType.BF16,
            Tensors.gaussian(random, 10 * 40, 1),
            10,
            5,
            8);
    Spectrum spectrum = spectrum("svdq(bits=4)", wide);
    assertEquals(9, spectrum.channels99());
    assertEquals(9, Arrays.stream(spectrum.singularValues()).filter(s -> s > 1e-6).count());
    double measured = measured("svdq(bits=4)", wide);
    // Five channels a group: eight bits for nine channels. Their error is of the order of the
    // rounding of means, which theory leaves out; both are next to nothing.
    assertTrue(spectrum.predictedNmse() > 0 && spectrum.predictedNmse() < 1e-4);
    assertTrue(measured < 1e-4, () -> "measured " + measured);
  }

  /**
   * Expected values from NumPy in float64, over 20,000 ranges. The square of a range scatters by 24
   * % for 128 tokens, of which there are 1,024 ranges, and by 12 % for 2,048, of which there are
   * 128: four standard errors are below 4.5 %.
   */
  @Test
  void gaussianErrorsAreThoseOfAnotherImplementation() {
    assertClose(0.6139, GaussianErrors.of(1, 128, 0, Levels.MIDPOINTS));
    assertClose(1.2017, GaussianErrors.of(1, 2048, 0, Levels.MIDPOINTS));
    assertClose(0.1458, GaussianErrors.of(2, 128, 0, Levels.MIDPOINTS));
    assertClose(0.009137, GaussianErrors.of(4, 128, 0, Levels.MIDPOINTS));
    assertClose(0.01760, GaussianErrors.of(4, 2048, 0, Levels.ENDPOINTS));
    assertClose(0.1544, GaussianErrors.of(2, 4096, 32, Levels.ENDPOINTS));
    // Of two tokens each lies a quarter of their distance R from its level; E R^2 = 2. The square
    // of
    // R has a relative deviation of 2^1/2 and there are 2^16 ranges.
    assertEquals(0.125, GaussianErrors.of(1, 2, 0, Levels.MIDPOINTS), 4 * 0.125 * 1.42 / 256);
    assertEquals(1, GaussianErrors.of(0, 77, 128, Levels.MIDPOINTS));
    // 128 and 32 tokens with a range each.
    assertEquals(
        0.8 * GaussianErrors.of(2, 128, 0, Levels.MIDPOINTS)
            + 0.2 * GaussianErrors.of(2, 32, 0, Levels.MIDPOINTS),
        GaussianErrors.of(2, 160, 128, Levels.MIDPOINTS),
        1e-12);
    assertEquals(0, GaussianErrors.of(3, 1, 128, Levels.MIDPOINTS), 1e-6);
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(1, actual / expected, 0.045);
  }
}
