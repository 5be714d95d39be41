package io.kvsweep.udfs.method.svdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The invariants of SVDq, numbered as in the notes on it, section 1.11. In double on the
 * decomposition itself, 1 to 3: {@code LinearAlgebraTest}.
 */
@ExtendWith(Seeds.class)
class SvdqInvariantsTest {
  private static TensorCodec codec(String spec) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, /* seed= */ 1).codec();
  }

  private static float[] roundTrip(String spec, TensorView view) {
    TensorCodec codec = codec(spec);
    return codec.decode(codec.encode(view), view.shape()).data();
  }

  private static double nmse(String spec, TensorView view) {
    return Tensors.nmse(view.tensor().data(), roundTrip(spec, view));
  }

  /** 1. V is orthonormal, a latent channel's norm is its singular value, nothing is lost. */
  @DisplayName("1.11.1 V orthonormal, norms of latents are singular values")
  @Test
  void axesAndLatentsAreTheDecomposition(Random random) {
    int tokens = 300;
    int channels = 64;
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, tokens, channels, 0.05), tokens, 4, 16);
    PrincipalAxes axes = view.principalAxes(RopeStage.PRE, 0, channels);
    for (int i = 0; i < channels; i++) {
      double norm = 0;
      for (int t = 0; t < tokens; t++) {
        norm += Math.pow(axes.latents()[i * tokens + t], 2);
      }
      // Latents are formed with the mean rounded to binary16, up to 2^-11 of itself beside.
      assertEquals(axes.energies()[i], norm, 1e-4 * norm);
      assertTrue(i == 0 || axes.energies()[i] <= axes.energies()[i - 1]);
      for (int j = 0; j < channels; j++) {
        double dot = 0;
        for (int c = 0; c < channels; c++) {
          dot += (double) axes.axes()[i * channels + c] * axes.axes()[j * channels + c];
        }
        assertEquals(i == j ? 1 : 0, dot, 64 * 0x1p-24); // 64 entries rounded to float
      }
    }
  }

  /** 2. In an orthonormal basis the error of the latents is the error of the keys. */
  @DisplayName("1.11.2 error in latent space is error in key space")
  @Test
  void errorInLatentSpaceIsErrorInKeySpace(Random random) {
    int tokens = 200;
    int channels = 32;
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, tokens, channels, 0.08), tokens, 2, 16);
    PrincipalAxes axes = view.principalAxes(RopeStage.PRE, 0, channels);
    double latentError = 0;
    float[] latentsHat = quantise(axes.latents(), tokens, List.of(8, 4, 4, 2, 2, 1, 0, 0));
    double[] keyError = new double[tokens * channels];
    for (int j = 0; j < channels; j++) {
      for (int t = 0; t < tokens; t++) {
        double e = (double) latentsHat[j * tokens + t] - axes.latents()[j * tokens + t];
        latentError += e * e;
        for (int c = 0; c < channels; c++) {
          keyError[t * channels + c] += e * axes.axes()[j * channels + c];
        }
      }
    }
    double sum = 0;
    for (double e : keyError) {
      sum += e * e;
    }
    // Axes are floats: V^T V differs from I by up to 2^-24 an entry.
    assertEquals(latentError, sum, 1e-6 * latentError);
    // The codec adds the rounding of the basis to binary16, 2^-12 relative and uncorrelated.
    double coded =
        nmse("svdq(schedule=8-4-4-2-2-1-0-0,levels=endpoints,group=0)", view)
            * Tensors.squaredError(view.tensor().data(), new float[tokens * channels]);
    assertEquals(latentError, coded, 1e-3 * latentError);
  }

  /** Quantises groups of latent channels, any widths in any order. */
  private static float[] quantise(float[] latents, int tokens, List<Integer> widths) {
    float[] out = new float[latents.length];
    int channels = latents.length / tokens;
    for (int g = 0; g < 8; g++) {
      int from = Schedule.start(g, channels) * tokens;
      int runs = Schedule.start(g + 1, channels) - Schedule.start(g, channels);
      if (widths.get(g) > 0) {
        AffineQuantizer quantizer = new AffineQuantizer(widths.get(g), Levels.ENDPOINTS);
        BitWriter codes = new BitWriter(0);
        HalfWriter parameters = new HalfWriter(0);
        quantizer.encodeRuns(latents, from, runs, tokens, 0, codes, parameters);
        byte[] c = codes.toByteArray();
        byte[] p = parameters.toByteArray();
        quantizer.decodeRuns(
            new BitReader(c, 0, c.length),
            new HalfReader(p, 0, p.length),
            out,
            from,
            runs,
            tokens,
            0);
      }
    }
    return out;
  }

  /** 3. Nothing but the mean, and a dropped group costs its energy. */
  @DisplayName("1.11.3 an empty schedule is the mean row")
  @Test
  void anEmptyScheduleIsTheMeanRow(Random random) {
    float[] x = Tensors.gaussian(random, 100 * 16, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] += i % 16;
    }
    float[] back = roundTrip("svdq(schedule=0-0-0-0-0-0-0-0)", Tensors.keys(x, 100, 2, 8));
    for (int c = 0; c < 16; c++) {
      double mean = 0;
      for (int t = 0; t < 100; t++) {
        mean += x[t * 16 + c] / 100.0;
      }
      for (int t = 0; t < 100; t++) {
        assertEquals(Float16.round((float) mean), back[t * 16 + c]);
      }
    }
  }

  @DisplayName("1.11.3 a dropped group costs its energy")
  @Test
  void aDroppedGroupCostsItsEnergy(Random random) {
    int channels = 64;
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, 500, channels, 0.03), 500, 4, 16);
    double[] energies = view.principalAxes(RopeStage.PRE, 0, channels).energies();
    float[] x = view.tensor().data();
    double whole = Tensors.squaredError(x, roundTrip("svdq(schedule=8-8-8-8-8-8-8-8)", view));
    double before = whole;
    for (int dropped = 1; dropped <= 8; dropped++) {
      String schedule = "8-".repeat(8 - dropped) + "0-".repeat(dropped);
      double error =
          Tensors.squaredError(
              x,
              roundTrip(
                  "svdq(schedule=" + schedule.substring(0, schedule.length() - 1) + ")", view));
      double energy = 0;
      for (int j = 0; j < 8; j++) {
        energy += energies[(8 - dropped) * 8 + j];
      }
      // What goes with the group is its own coding error, part of the whole; besides, binary16.
      assertEquals(energy, error - before, whole + 1e-3 * energy, "group " + (9 - dropped));
      before = error;
    }
  }

  /** 4. Equivalent bits. */
  @DisplayName("1.11.4 equivalent bits")
  @ParameterizedTest
  @CsvSource({
    "1.25, 4-4-2-0-0-0-0-0, 384",
    "2, 8-4-2-1-1-0-0-0, 640",
    "2.25, 8-4-4-2-0-0-0-0, 512",
    "3, 8-4-4-4-2-2-0-0, 768",
    "4, 8-8-4-4-4-2-2-0, 896"
  })
  void knownSchedulesHaveTheirBits(double bits, String widths, int kept) {
    Schedule schedule = Schedule.parse(widths);
    assertEquals(
        schedule, Schedule.KNOWN.get(bits == Math.rint(bits) ? "" + (int) bits : "" + bits));
    assertEquals(bits * 1024, schedule.bitsPerToken(1024));
    assertEquals(kept, schedule.keptChannels(1024));
    assertEquals(widths, schedule.toString());
  }

  @DisplayName("1.11.4 16 / 1.25 * 32 = 409.6")
  @Test
  void theHeadlineRatioIsBitsTimesTokens() {
    assertEquals(409.6, 16 / (Schedule.KNOWN.get("1.25").bitsPerToken(1024) / 1024.0) * 32, 1e-9);
  }

  /** 5. The accounting of 65,536 tokens and 1,024 channels, to the byte. */
  @DisplayName("1.11.5 accounting: 90,206,208 bits")
  @Test
  void accountingHoldsToTheByteButForTheHeader(Random random) {
    TensorCodec codec = codec("svdq(bits=1.25,levels=endpoints,group=0)");
    int tokens = 24;
    TensorView view =
        Tensors.view(
            TensorKind.KEY,
            RopeStage.PRE,
            DType.F16,
            Tensors.gaussian(random, tokens * 1024, 1),
            tokens,
            8,
            128);
    byte[] block = codec.encode(view);
    EncodedBlock read = EncodedBlock.open(block);
    assertEquals(tokens * 128 * (4 + 4 + 2) / 8, read.length(Section.CODES));
    assertEquals(384 * 32 / 8, read.length(Section.PARAMETERS));
    assertEquals((1024 * 384 * 16 + 16_384) / 8, read.length(Section.BASIS));
    assertEquals(0, read.length(Section.EXACT));
    long bits = 83_886_080L + 6_291_456 + 16_384 + 12_288;
    assertEquals(90_206_208L, bits);
    assertEquals(
        bits + 8 * EncodedBlock.HEADER_BYTES, 8 * codec.projectedBytes(view, block, 65_536));
    assertEquals(1.34418, bits / (65_536.0 * 1024), 5e-6);
    assertEquals(1.25, codec.nominalBits(block));
  }

  /** 6. No free lunch: rotation gains nothing at uniform width ... */
  @DisplayName("1.11.6 uniform widths gain nothing")
  @Test
  void uniformWidthsGainNothing(Random random) {
    TensorView white = Tensors.keys(Tensors.gaussian(random, 2048 * 64, 1), 2048, 1, 64);
    for (int b : new int[] {2, 4}) {
      double latent =
          nmse("svdq(schedule=" + (b + "-").repeat(7) + b + ",levels=endpoints,group=0)", white);
      double channel = nmse("rtn(bits=" + b + ",axis=channel)", white);
      assertEquals(1, latent / channel, 0.05, b + " bits");
    }
  }

  /** ... and uneven widths gain on a decaying spectrum, with fewer bits. */
  @DisplayName("1.11.6 1.25 bits beat per-channel 2 bits on a decaying spectrum")
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.15})
  void unevenWidthsGainOnADecayingSpectrum(double alpha, Random random) {
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, 2048, 64, alpha), 2048, 1, 64);
    double svdq = nmse("svdq(bits=1.25,levels=endpoints,group=0)", view);
    double channel = nmse("rtn(bits=2,axis=channel)", view);
    assertTrue(svdq < channel, () -> svdq + " at 1.25 bits, " + channel + " at 2 per channel");
  }

  /** 7. More bits for any group are better; a schedule in ascending order is worse. */
  @DisplayName("1.11.7 more bits, less error")
  @ParameterizedTest
  @ValueSource(strings = {"levels=endpoints,group=0", "levels=midpoints,group=128"})
  void raisingAWidthLowersTheError(String options, Random random) {
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, 1024, 64, 0.03), 1024, 2, 32);
    List<String> ladder =
        List.of(
            "2-2-2-2-2-2-2-2",
            "4-2-2-2-2-2-2-2",
            "4-4-2-2-2-2-2-2",
            "4-4-4-2-2-2-2-2",
            "8-4-4-2-2-2-2-2",
            "8-4-4-4-2-2-2-2",
            "8-4-4-4-4-4-4-4",
            "8-8-8-8-8-8-8-8");
    double before = Double.POSITIVE_INFINITY;
    for (String schedule : ladder) {
      double nmse = nmse("svdq(schedule=" + schedule + "," + options + ")", view);
      double last = before;
      assertTrue(nmse < last, () -> schedule + ": " + nmse + " after " + last);
      before = nmse;
    }
  }

  /** One group at a time, whatever the others have: all 8 groups from 2 to 4 and from 4 to 8. */
  @DisplayName("1.11.7 any one group from 2 to 4 or from 4 to 8 bits lowers the error")
  @Test
  void raisingAnyOneWidthLowersTheError(Random random) {
    int tokens = 1024;
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, tokens, 64, 0.03), tokens, 2, 32);
    float[] latents = view.principalAxes(RopeStage.PRE, 0, 64).latents();
    for (int from : new int[] {2, 4}) {
      for (int group = 0; group < 8; group++) {
        Integer[] widths = {from, from, from, from, from, from, from, from};
        double before = Tensors.nmse(latents, quantise(latents, tokens, List.of(widths)));
        widths[group] = 2 * from;
        double after = Tensors.nmse(latents, quantise(latents, tokens, List.of(widths)));
        String place = "group " + group + " from " + from;
        assertTrue(after < before, () -> place + ": " + after + " after " + before);
      }
    }
  }

  @DisplayName("1.11.7 ascending widths are worse")
  @Test
  void widthsInAscendingOrderAreWorse(Random random) {
    int tokens = 1024;
    TensorView view =
        Tensors.keys(Tensors.exponentialSpectrum(random, tokens, 64, 0.05), tokens, 2, 32);
    float[] latents = view.principalAxes(RopeStage.PRE, 0, 64).latents();
    double descending =
        Tensors.nmse(latents, quantise(latents, tokens, List.of(8, 4, 4, 2, 0, 0, 0, 0)));
    double ascending =
        Tensors.nmse(latents, quantise(latents, tokens, List.of(0, 0, 0, 0, 2, 4, 4, 8)));
    assertTrue(descending < 0.1 * ascending, () -> descending + " against " + ascending);
  }

  /** 8. Constant channels, one token and fewer tokens than channels. */
  @DisplayName("1.11.8 T = 1, T < d")
  @ParameterizedTest
  @CsvSource({"1, 2, 16", "5, 2, 16", "31, 1, 32", "9, 3, 5"})
  void fewTokensAreKeptToTheRoundingOfTheBasis(int tokens, int heads, int headDim, Random random) {
    TensorView view =
        Tensors.keys(Tensors.gaussian(random, tokens * heads * headDim, 1), tokens, heads, headDim);
    for (String heading : List.of("joint", "separate")) {
      // 8 bits over a range of at most 2 * 3 sigma: (6 / 255)^2 / 12 = 5e-5 of the energy.
      double nmse = nmse("svdq(schedule=8-8-8-8-8-8-8-8,heads=" + heading + ")", view);
      assertTrue(nmse < 1e-4, () -> heading + ": " + nmse);
    }
  }

  @DisplayName("1.11.8 constant channels")
  @Test
  void constantChannelsComeBack(Random random) {
    float[] x = Tensors.gaussian(random, 100 * 16, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] = i % 16 < 6 ? 2.5f : x[i];
    }
    float[] back = roundTrip("svdq(schedule=8-8-8-8-8-8-8-8)", Tensors.keys(x, 100, 2, 8));
    for (int i = 0; i < x.length; i++) {
      // Latents of the other ten channels may reach a constant one by the rounding of the basis.
      assertEquals(x[i], back[i], i % 16 < 6 ? 0.005f : 0.2f);
    }
  }

  /** 8. Heads keep their places: separate heads are coded as if each were alone. */
  @DisplayName("1.11.8 layout of heads, each alone")
  @Test
  void separateHeadsAreEachHeadAlone(Random random) {
    float[] x = Tensors.gaussian(random, 200 * 24, 1);
    float[] both = roundTrip("svdq(bits=2,heads=separate)", Tensors.keys(x, 200, 2, 12));
    for (int h = 0; h < 2; h++) {
      float[] one = new float[200 * 12];
      float[] expected = new float[200 * 12];
      for (int t = 0; t < 200; t++) {
        System.arraycopy(x, (t * 2 + h) * 12, one, t * 12, 12);
        System.arraycopy(both, (t * 2 + h) * 12, expected, t * 12, 12);
      }
      assertArrayEquals(expected, roundTrip("svdq(bits=2)", Tensors.keys(one, 200, 1, 12)));
    }
  }

  /** 8. Works before the rotary embedding: keys captured behind it decode to the same numbers. */
  @DisplayName("1.11.8 keys captured rotated")
  @Test
  void keysCapturedRotatedAreCodedUnrotated(Random random) {
    float[] x = Tensors.gaussian(random, 150 * 32, 1);
    TensorView pre = Tensors.view(TensorKind.KEY, RopeStage.PRE, DType.F32, x, 150, 2, 16);
    TensorView post =
        Tensors.view(
            TensorKind.KEY, RopeStage.POST, DType.F32, pre.data(RopeStage.POST), 150, 2, 16);
    double error = nmse("svdq(bits=4)", pre);
    float[] back = post.convert(roundTrip("svdq(bits=4)", post), RopeStage.PRE, RopeStage.POST);
    // Unrotating leaves 2^-22 of a value; a code in a thousand may fall to the other side.
    assertEquals(error, Tensors.nmse(post.tensor().data(), back), 0.01 * error);
  }

  @DisplayName("1.11.8 joined heads come back in their places")
  @Test
  void joinedHeadsKeepTheirPlaces(Random random) {
    float[] x = Tensors.gaussian(random, 300 * 24, 0.1);
    for (int i = 0; i < x.length; i++) {
      x[i] += i % 24; // every channel of every head has a level of its own
    }
    float[] back = roundTrip("svdq(schedule=8-8-8-8-8-8-8-8)", Tensors.keys(x, 300, 3, 8));
    for (int i = 0; i < x.length; i++) {
      // A range of about 8 deviations in 255 steps; means up to 23 have 11 bits, half a step 2^-7.
      assertEquals(x[i], back[i], 0x1p-7 + 0.05);
    }
  }

  /** Kept whole, keys are rotated after decoding as they would have been before. */
  @DisplayName(
      "1.11.8 RoPE after reconstruction is RoPE of the original where nothing is quantised")
  @Test
  void rotationAfterReconstructionIsThatOfTheOriginal(Random random) {
    float[] x = Tensors.gaussian(random, 60 * 32, 1);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.PRE, DType.F32, x, 60, 2, 16);
    float[] back = roundTrip("svdq(bits=2,tail=exact:60)", view);
    assertArrayEquals(view.data(RopeStage.POST), view.convert(back, RopeStage.PRE, RopeStage.POST));
  }
}
