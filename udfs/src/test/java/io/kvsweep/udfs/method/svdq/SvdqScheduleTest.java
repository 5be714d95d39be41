package io.kvsweep.udfs.method.svdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedules that depend on the data, and tails that the decomposition has not seen. */
@ExtendWith(Seeds.class)
class SvdqScheduleTest {
  private static TensorCodec codec(String spec) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
  }

  /** Keys of 2 heads x 16 whose channels decay and are mixed by a shared random direction. */
  private static TensorView keys(Random random, int tokens, double decay) {
    float[] data = new float[tokens * 32];
    for (int t = 0; t < tokens; t++) {
      double common = random.nextGaussian();
      for (int c = 0; c < 32; c++) {
        data[t * 32 + c] =
            (float) (Math.exp(-decay * c) * random.nextGaussian() + 0.5 * common + c / 8.0);
      }
    }
    return Tensors.keys(data, tokens, 2, 16);
  }

  private static double error(TensorView view, TensorCodec codec, byte[] block) {
    Reconstruction back = codec.decode(block, view.shape());
    float[] exact = view.data(RopeStage.PRE);
    double error = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.pow(exact[i] - back.data()[i], 2);
    }
    return error;
  }

  private static List<int[]> allSchedules() {
    List<int[]> all = new ArrayList<>();
    extend(new int[8], 0, 8, all);
    return all;
  }

  private static void extend(int[] widths, int group, int widest, List<int[]> all) {
    if (group == 8) {
      all.add(widths.clone());
      return;
    }
    for (int w = 0; w <= widest; w++) {
      widths[group] = w;
      extend(widths, group + 1, w, all);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"svdq(bits=2)", "svdq(bits=auto:2)", "svdq(effective_bits=12)"})
  void aMeanBeyondBinary16IsNamed(String spec, Random random) {
    float[] data = Tensors.gaussian(random, 40 * 32, 1);
    for (int t = 0; t < 40; t++) {
      data[t * 32 + 7] = -70_000;
    }
    TensorView view = Tensors.keys(data, 40, 2, 16);
    UnencodableException e =
        assertThrows(UnencodableException.class, () -> codec(spec).encode(view));
    assertEquals(
        "the mean of a channel is -70000.0, which binary16 (up to 65504) cannot hold: scale the capture down or leave this tensor out",
        e.getMessage());
  }

  /**
   * Beside the error of the widths: half a spacing of a minimum, of a step and of a mean, each
   * below 2^-24 at rms 1e-6.
   */
  @Test
  void tinyKeysKeepTheirRelativeError(Random random) {
    float[] unit = Tensors.gaussian(random, 64 * 32, 1);
    float[] tiny = new float[unit.length];
    for (int i = 0; i < tiny.length; i++) {
      tiny[i] = 1e-6f * unit[i];
    }
    for (String spec : List.of("svdq(bits=2)", "svdq(bits=4)", "svdq(schedule=8-8-8-8-8-8-8-8)")) {
      TensorCodec codec = codec(spec);
      double[] nmse = new double[2];
      for (int i = 0; i < 2; i++) {
        TensorView view = Tensors.keys(i == 0 ? unit : tiny, 64, 2, 16);
        nmse[i] = error(view, codec, codec.encode(view)) / (i == 0 ? 1 : 1e-12) / unit.length;
      }
      // Root mean squares add up at worst.
      double most = Math.pow(Math.sqrt(nmse[0]) + 3 * 0x1p-24 / 1e-6, 2);
      assertTrue(nmse[1] <= most, spec + ": " + nmse[1] + " > " + most);
    }
  }

  /** Against a search over all schedules that knows nothing of the order of the other. */
  @Test
  void theBestScheduleOfAnAverageIsFound(Random random) {
    PrincipalAxes axes = keys(random, 300, 0.15).principalAxes(RopeStage.PRE, 0, 32);
    double[][] errors = WidthErrors.measure(axes, 128, Levels.MIDPOINTS);
    List<int[]> all = allSchedules();
    assertEquals(12_870, all.size());
    for (double bits : new double[] {0.125, 1.25, 2, 3.375, 8}) {
      double least =
          all.stream()
              .filter(w -> Arrays.stream(w).sum() <= 8 * bits)
              .mapToDouble(
                  w -> {
                    double sum = 0;
                    for (int g = 0; g < 8; g++) {
                      sum += errors[g][w[g]];
                    }
                    return sum;
                  })
              .min()
              .orElseThrow();
      Schedule chosen = new ScheduleRule.Nominal(bits).choose(errors, 32, s -> 0, 1);
      double got = 0;
      for (int g = 0; g < 8; g++) {
        got += errors[g][chosen.widths().get(g)];
      }
      assertEquals(least, got, 1e-12 * least, () -> bits + ": " + chosen);
      assertTrue(chosen.bitsPerToken(32) <= 32 * bits);
    }
  }

  @Test
  void theErrorCurveIsThatOfTheCodec(Random random) {
    TensorView view = keys(random, 200, 0.1);
    double[][] errors =
        WidthErrors.measure(view.principalAxes(RopeStage.PRE, 0, 32), 128, Levels.MIDPOINTS);
    TensorCodec codec = codec("svdq(schedule=8-5-4-3-2-1-0-0)");
    int[] widths = {8, 5, 4, 3, 2, 1, 0, 0};
    double predicted = 0;
    for (int g = 0; g < 8; g++) {
      predicted += errors[g][widths[g]];
    }
    // Axes are orthonormal up to binary16, 2^-11 each, which errors of 1 % and more do not see.
    assertEquals(predicted, error(view, codec, codec.encode(view)), 2e-3 * predicted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.25", "2", "2.25", "3", "4"})
  void autoIsNeverWorseThanTheKnownScheduleOfTheSameAverage(String bits, Random random) {
    for (double decay : new double[] {0.02, 0.1, 0.4}) {
      TensorView view = keys(random, 400, decay);
      TensorCodec known = codec("svdq(bits=" + bits + ")");
      TensorCodec auto = codec("svdq(bits=auto:" + bits + ")");
      byte[] block = auto.encode(view);
      double best = error(view, auto, block);
      assertTrue(best <= 1.002 * error(view, known, known.encode(view)), () -> "decay " + decay);
      assertTrue(auto.nominalBits(block) <= Double.parseDouble(bits) + 1e-9);
    }
  }

  @Test
  void effectiveBitsIncludeEverythingAndAreUsedUp(Random random) {
    TensorView view = keys(random, 1000, 0.1);
    double last = Double.POSITIVE_INFINITY;
    for (String bits : List.of("0.5", "1", "2", "3", "5")) {
      TensorCodec codec = codec("svdq(effective_bits=" + bits + ")");
      byte[] block = codec.encode(view);
      double effective = 8.0 * block.length / view.shape().values();
      assertTrue(effective <= Double.parseDouble(bits), () -> bits + ": " + effective);
      double error = error(view, codec, block);
      assertTrue(error < last, "more bits, less error");
      last = error;
      assertEquals(block.length, codec.projectedBytes(view, block, 1000));
    }
  }

  /**
   * A prompt eight times over has the spectrum of one, and errors eight times as large: what the
   * method chooses there is known before.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "svdq(effective_bits=3)",
        "svdq(effective_bits=1.5,heads=separate)",
        "svdq(bits=auto:2)"
      })
  void projectionsChooseTheScheduleOfTheOtherLength(String spec, Random random) {
    TensorView view = keys(random, 256, 0.15);
    float[] data = view.tensor().data();
    float[] repeated = new float[8 * data.length];
    for (int i = 0; i < repeated.length; i++) {
      repeated[i] = data[i % data.length];
    }
    TensorView longer = Tensors.keys(repeated, 2048, 2, 16);
    TensorCodec codec = codec(spec);
    byte[] block = codec.encode(view);
    byte[] other = codec.encode(longer);
    assertEquals(other.length, codec.projectedBytes(view, block, 2048));
    assertEquals(block.length, codec.projectedBytes(view, block, 256));
    if (!spec.contains("auto:")) {
      double bits = 8.0 * other.length / repeated.length;
      double asked = Double.parseDouble(spec.replaceAll(".*_bits=([0-9.]+).*", "$1"));
      assertTrue(bits > 0.93 * asked && bits <= asked, () -> bits + " bits, not " + asked);
      assertTrue(codec.nominalBits(other) > codec.nominalBits(block), "the basis is amortised");
    }
  }

  @Test
  void lengthsThatCannotBeCodedHaveNoProjection(Random random) {
    TensorView view = keys(random, 300, 0.15);
    TensorCodec codec = codec("svdq(effective_bits=2)");
    byte[] block = codec.encode(view);
    UnencodableException tooShort =
        assertThrows(UnencodableException.class, () -> codec.projectedBytes(view, block, 10));
    assertTrue(
        tooShort.getMessage().startsWith("effective_bits=2.0 is less than the "),
        tooShort.getMessage());
    TensorCodec whole = codec("svdq(effective_bits=17,tail=exact:1000)");
    UnencodableException unknown =
        assertThrows(
            UnencodableException.class, () -> whole.projectedBytes(view, whole.encode(view), 2000));
    assertEquals(
        "a tail of 1000 tokens leaves none of 300 for a schedule to be chosen by",
        unknown.getMessage());
    TensorCodec fixed = codec("svdq(bits=2,tail=exact:1000)");
    assertEquals(
        fixed.encode(keys(random, 1200, 0.15)).length,
        fixed.projectedBytes(view, fixed.encode(view), 1200));
  }

  @Test
  void effectiveBitsThatNothingFitsIntoAreRefused(Random random) {
    TensorView view = keys(random, 10, 0.1);
    UnencodableException e =
        assertThrows(
            UnencodableException.class, () -> codec("svdq(effective_bits=1)").encode(view));
    // Header 48, schedule 8, means 64 bytes; 320 values.
    assertEquals(
        "effective_bits=1.0 is less than the 3.000 that header and means alone need at this length:"
            + " ask for more",
        e.getMessage());
  }

  @Test
  void eachHeadHasItsOwnSchedule(Random random) {
    float[] data = new float[300 * 32];
    for (int i = 0; i < data.length; i++) {
      // The first head is flat, the second all but one-dimensional.
      int c = i % 32;
      data[i] = (float) ((c < 16 ? 1 : Math.exp(-2.0 * (c - 16))) * random.nextGaussian());
    }
    TensorView view = Tensors.keys(data, 300, 2, 16);
    byte[] block = codec("svdq(bits=auto:2,heads=separate)").encode(view);
    EncodedBlock read = EncodedBlock.open(block);
    int at = read.start(Section.BASIS);
    int[] first = widths(block, at);
    int[] second = widths(block, at + 8);
    assertTrue(
        Arrays.stream(first).filter(w -> w > 0).count()
            > Arrays.stream(second).filter(w -> w > 0).count());
    assertTrue(second[0] > first[0]);
  }

  private static int[] widths(byte[] block, int at) {
    int[] widths = new int[8];
    for (int g = 0; g < 8; g++) {
      widths[g] = block[at + g];
    }
    return widths;
  }

  @Test
  void aScheduleThatGrowsIsDamage(Random random) {
    TensorView view = keys(random, 50, 0.1);
    TensorCodec codec = codec("svdq(bits=auto:2)");
    byte[] block = codec.encode(view);
    EncodedBlock read = EncodedBlock.open(block);
    byte[] basis =
        Arrays.copyOfRange(
            block,
            read.start(Section.BASIS),
            read.start(Section.BASIS) + read.length(Section.BASIS));
    basis[7] = 9;
    byte[] damaged =
        EncodedBlock.write(
            new io.kvsweep.udfs.block.CodecId(
                "SVDQ", Methods.STANDARD.pipeline("svdq(bits=auto:2)", 1).spec()),
            read.kind(),
            read.shape(),
            read.dtype(),
            java.util.Map.of(Section.BASIS, basis));
    MalformedBlockException e =
        assertThrows(MalformedBlockException.class, () -> codec.decode(damaged, view.shape()));
    assertTrue(e.getMessage().contains("group 8 has width 9"), e::getMessage);
  }

  @Test
  void anExactTailIsWholeAndThePrefillKnowsNothingOfIt(Random random) {
    TensorView view = keys(random, 200, 0.1);
    TensorCodec codec = codec("svdq(bits=2,tail=exact:40)");
    byte[] block = codec.encode(view);
    Reconstruction back = codec.decode(block, view.shape());
    assertEquals(40, back.exactSuffix());
    float[] exact = view.data(RopeStage.PRE);
    assertArrayEquals(
        Arrays.copyOfRange(exact, 160 * 32, 200 * 32),
        Arrays.copyOfRange(back.data(), 160 * 32, 200 * 32));
    TensorView prefill = Tensors.keys(Arrays.copyOf(exact, 160 * 32), 160, 2, 16);
    TensorCodec plain = codec("svdq(bits=2)");
    assertArrayEquals(
        plain.decode(plain.encode(prefill), prefill.shape()).data(),
        Arrays.copyOf(back.data(), 160 * 32));
    assertEquals(40 * 32 * view.dtype().bytes(), EncodedBlock.open(block).length(Section.EXACT));
  }

  @Test
  void aFrozenTailIsCodedWithThePrefillsBasis(Random random) {
    TensorView view = keys(random, 200, 0.1);
    TensorCodec frozen = codec("svdq(bits=4,tail=frozen:40)");
    byte[] block = frozen.encode(view);
    EncodedBlock read = EncodedBlock.open(block);
    Reconstruction back = frozen.decode(block, view.shape());
    assertEquals(0, back.exactTokens());
    byte[] exactTail = codec("svdq(bits=4,tail=exact:40)").encode(view);
    EncodedBlock other = EncodedBlock.open(exactTail);
    assertArrayEquals(
        Arrays.copyOfRange(
            block,
            read.start(Section.BASIS),
            read.start(Section.BASIS) + read.length(Section.BASIS)),
        Arrays.copyOfRange(
            exactTail,
            other.start(Section.BASIS),
            other.start(Section.BASIS) + other.length(Section.BASIS)));
    assertEquals(200 * 32 * 4 / 8, read.length(Section.CODES));
    // Same distribution, so about the error of the prefill; three times allows for dropped axes.
    double[] errors = new double[2];
    float[] exact = view.data(RopeStage.PRE);
    for (int i = 0; i < exact.length; i++) {
      errors[i < 160 * 32 ? 0 : 1] += Math.pow(exact[i] - back.data()[i], 2);
    }
    assertTrue(errors[1] / 40 < 3 * errors[0] / 160, () -> Arrays.toString(errors));
  }

  @Test
  void aTailLongerThanThePrompt(Random random) {
    TensorView view = keys(random, 20, 0.1);
    TensorCodec codec = codec("svdq(bits=auto:2,tail=exact:20)");
    byte[] block = codec.encode(view);
    assertEquals(48 + 20 * 32 * view.dtype().bytes(), block.length);
    assertArrayEquals(view.data(RopeStage.PRE), codec.decode(block, view.shape()).data());
    assertEquals(0, codec.nominalBits(block));
    UnencodableException e =
        assertThrows(
            UnencodableException.class, () -> codec("svdq(bits=2,tail=frozen:20)").encode(view));
    assertEquals(
        "tail=frozen:20 leaves none of 20 tokens for the decomposition: use a shorter tail or exact",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "8-4; a schedule has 8 groups, got 2: expected widths like 8-4-2-1-1-0-0-0",
        "8-4-2-1-1-0-0-0-0; a schedule has 8 groups, got 9: expected widths like 8-4-2-1-1-0-0-0",
        "0-0-0-1-1-2-4-8; group 4 has width 1: expected non-increasing widths of 0 to 8",
        "9-4-2-1-1-0-0-0; group 1 has width 9: expected non-increasing widths of 0 to 8",
        "8-4-2-1-1-0-0-x; expected eight widths joined by '-', like 8-4-2-1-1-0-0-0",
        "8-4-2-1-1-0-0--1; expected eight widths joined by '-', like 8-4-2-1-1-0-0-0"
      })
  void schedulesThatAreNoneAreRefused(String text, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Schedule.parse(text));
    assertEquals(message, e.getMessage());
  }

  @Test
  void errorCurvesAreShared(Random random) {
    TensorView view = keys(random, 300, 0.1);
    codec("svdq(bits=auto:2)").encode(view);
    long nanos = view.sharedNanos();
    for (String bits : List.of("bits=auto:1.25", "effective_bits=3")) {
      TensorCodec codec = codec("svdq(" + bits + ")");
      TensorView alone = Tensors.keys(view.tensor().data().clone(), 300, 2, 16);
      assertArrayEquals(codec.encode(alone), codec.encode(view));
    }
    assertEquals(nanos, view.sharedNanos(), "nothing was computed again");
    codec("svdq(bits=auto:2,group=32)").encode(view);
    assertTrue(view.sharedNanos() > nanos, "other groups have other errors");
  }
}
