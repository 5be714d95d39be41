package io.kvsweep.udfs.method.decoquant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.BalancedFactors;
import io.kvsweep.udfs.linalg.MatrixProduct;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The invariants of DecoQuant, numbered as in the notes on it, section 3.10. In double on the
 * factors themselves, 1 and 2: {@code BalancedFactorsTest}.
 */
@ExtendWith(Seeds.class)
class DecoQuantInvariantsTest {
  private static TensorCodec codec(String spec) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
  }

  private static float[] roundTrip(String spec, TensorView view) {
    TensorCodec codec = codec(spec);
    byte[] block = codec.encode(view);
    assertEquals(block.length, codec.projectedBytes(view, block, view.shape().tokens()));
    return codec.decode(block, view.shape()).data();
  }

  private static double error(String spec, TensorView view) {
    return Math.sqrt(Tensors.squaredError(view.data(codec(spec).rope()), roundTrip(spec, view)));
  }

  /** 1 to 16 with an outlier of 40, two tokens of eight channels, runs of two. */
  private static float[] tiny() {
    float[] k = new float[16];
    for (int i = 0; i < 16; i++) {
      k[i] = i == 3 ? 40 : i + 1;
    }
    return k;
  }

  /** Absmax per row of eight, in double, scales not rounded. */
  private static double[] quantised(double[] x, int length, int bits) {
    int top = (1 << (bits - 1)) - 1;
    double[] out = new double[x.length];
    for (int row = 0; row < x.length; row += length) {
      double peak = 1e-5;
      for (int i = row; i < row + length; i++) {
        peak = Math.max(peak, Math.abs(x[i]));
      }
      for (int i = row; i < row + length; i++) {
        out[i] = Math.rint(x[i] / (peak / top)) * (peak / top);
      }
    }
    return out;
  }

  private static double distance(float[] exact, double[] other) {
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      sum += (exact[i] - other[i]) * (exact[i] - other[i]);
    }
    return Math.sqrt(sum);
  }

  private static double[] widened(float[] x) {
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = x[i];
    }
    return out;
  }

  @DisplayName("3.10.3 singular values of the tiny case")
  @Test
  void factorsOfTheKnownCase() {
    BalancedFactors factors = BalancedFactors.of(tiny(), 8, 2);
    assertArrayEquals(new double[] {52.445972, 18.149930}, factors.singular(), 1e-6);
  }

  /** The published numbers round nothing but the codes. */
  @DisplayName("3.10.3 errors of the tiny case")
  @ParameterizedTest
  @CsvSource({"4, 4.76381, 3.66240", "8, 0.26257, 0.26314"})
  void errorsOfTheKnownCase(int bits, double rtn, double decoQuant) {
    float[] k = tiny();
    assertEquals(rtn, distance(k, quantised(widened(k), 8, bits)), 1e-5);
    BalancedFactors factors = BalancedFactors.of(k, 8, 2);
    double[] rebuilt = new double[16];
    MatrixProduct.add(quantised(factors.left(k, 0, 8), 8, bits), factors.right(), rebuilt, 8, 2, 2);
    assertEquals(decoQuant, distance(k, rebuilt), 1e-5);

    // The codec also rounds scales and the small factor, each by at most 2^-11 of its value.
    TensorView view = Tensors.keys(k, 2, 1, 8);
    double norm = distance(k, new double[16]);
    assertEquals(decoQuant, error("decoquant(bits=" + bits + ",inner=2)", view), 0x1p-10 * norm);
    assertEquals(rtn, error("rtn(bits=" + bits + ",symmetric=true)", view), 0x1p-10 * norm);
  }

  /** Large factor, scales and small factor; of 65,536,000 bits as captured. */
  @DisplayName("3.10.4 accounting")
  @ParameterizedTest
  @CsvSource({
    "2, 4096, 16, 0.1253",
    "4, 4096, 16, 0.250307",
    "8, 4096, 16, 0.5003",
    "4, 2048, 16, 0.2506",
    "4, 4096, 256, 0.2662"
  })
  void bitsAsPublished(int bits, int channels, int inner, double ratio) {
    int tokens = 1000;
    TensorShape shape = new TensorShape(tokens, channels / 256, 256);
    TensorCodec codec = codec("decoquant(bits=" + bits + ",inner=" + inner + ")");
    // Zeros are encoded as fast as anything.
    byte[] block =
        codec.encode(Tensors.keys(new float[shape.values()], tokens, channels / 256, 256));
    long content = 8L * (block.length - EncodedBlock.HEADER_BYTES);
    assertEquals((long) tokens * channels * bits + tokens * 16L + inner * inner * 16L, content);
    if (bits == 4 && channels == 4096 && inner == 16) {
      assertEquals(16_404_096, content);
    }
    double precision = ratio == 0.250307 ? 5e-7 : 5e-5;
    assertEquals(ratio, content / (16.0 * tokens * channels), precision);
    assertEquals(bits, codec.nominalBits(block));
  }

  private static int[] codes(byte[] block, int bits, int count) {
    EncodedBlock in = EncodedBlock.open(block);
    int[] codes = new int[count];
    BitReader reader = in.bits(Section.CODES);
    reader.readSigned(codes, 0, count, bits);
    return codes;
  }

  private static float[] halves(byte[] block, Section section) {
    EncodedBlock in = EncodedBlock.open(block);
    float[] out = new float[in.length(section) / 2];
    HalfReader reader = in.halves(section);
    reader.read(out);
    return out;
  }

  /** Rounding the scale down to binary16 can cut the largest entry by 2^-11 of itself. */
  @DisplayName("3.10.5 range of the codes, half a step of error")
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void codesOfTheLargeFactor(int bits, Random random) {
    int top = (1 << (bits - 1)) - 1;
    float[] x = outliers(random, 60, 64);
    TensorView view = Tensors.keys(x, 60, 2, 32);
    byte[] block = codec("decoquant(bits=" + bits + ")").encode(view);
    int[] codes = codes(block, bits, x.length);
    assertEquals(-top, Arrays.stream(codes).min().orElseThrow());
    assertEquals(top, Arrays.stream(codes).max().orElseThrow());
    float[] scales = halves(block, Section.PARAMETERS);
    double[] large = BalancedFactors.of(x, x.length / 16, 16).left(x, 0, x.length / 16);
    for (int i = 0; i < x.length; i++) {
      double scale = scales[i / 64];
      assertEquals(large[i], codes[i] * scale, scale * (0.5 + top * 0x1p-11 + 1e-5));
    }
  }

  /** A token whose only large entry is negative: -7 is the nibble 9. */
  @DisplayName("3.10.5 -7 is the nibble 9")
  @Test
  void negativeCodesAreInTwosComplement() {
    TensorView view = Tensors.keys(new float[] {-7, 0, 0, 0}, 1, 1, 4);
    byte[] block = codec("decoquant(bits=4,inner=2)").encode(view);
    int at = EncodedBlock.open(block).start(Section.CODES);
    assertArrayEquals(new int[] {-7, 0, 0, 0}, codes(block, 4, 4));
    assertEquals(0x09, block[at]);
    assertEquals(0x00, block[at + 1]);
  }

  /** Gaussian channels, of which three are 15 times as large around 20. */
  private static float[] outliers(Random random, int tokens, int channels) {
    float[] x = Tensors.gaussian(random, tokens * channels, 1);
    for (int t = 0; t < tokens; t++) {
      for (int outlier : new int[] {7, channels / 2 + 2, channels - 6}) {
        x[t * channels + outlier] = 15 * x[t * channels + outlier] + 20;
      }
    }
    return x;
  }

  @DisplayName("3.10.6 large factor only < RTN, <= both factors")
  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void outlierChannelsAreAbsorbed(int bits, Random random) {
    int channels = 256;
    float[] x = outliers(random, 200, channels);
    TensorView view = Tensors.keys(x, 200, 4, 64);
    double decoQuant = error("decoquant(bits=" + bits + ")", view);
    double rtn = error("rtn(bits=" + bits + ",symmetric=true)", view);
    BalancedFactors factors = BalancedFactors.of(x, x.length / 16, 16);
    double[] both = new double[x.length];
    MatrixProduct.add(
        quantised(factors.left(x, 0, x.length / 16), channels, bits),
        quantised(factors.right(), 16, bits),
        both,
        x.length / 16,
        16,
        16);
    System.out.printf(
        "%d bits, outlier channels: rtn %.1f, decoquant %.1f, both factors %.1f%n",
        bits, rtn, decoQuant, distance(x, both));
    assertTrue(decoQuant < rtn, decoQuant + " against " + rtn);
    assertTrue(decoQuant <= distance(x, both));
  }

  /** Scores without the keys: {@code q . k = s_t sum <T_S q_run, codes>}. */
  @DisplayName("3.10.7 fused scores")
  @Test
  void fusedScoresAreThoseOfTheKeys(Random random) {
    int tokens = 80;
    int channels = 64;
    TensorView view = Tensors.keys(outliers(random, tokens, channels), tokens, 1, channels);
    byte[] block = codec("decoquant(bits=4)").encode(view);
    float[] keys = codec("decoquant(bits=4)").decode(block, view.shape()).data();
    float[] small = halves(block, Section.BASIS);
    float[] scales = halves(block, Section.PARAMETERS);
    int[] codes = codes(block, 4, keys.length);
    float[] query = Tensors.gaussian(random, channels, 1);
    float[] turned = new float[channels]; // T_S q for each run
    for (int i = 0; i < channels; i++) {
      for (int c = 0; c < 16; c++) {
        turned[i] += small[i % 16 * 16 + c] * query[i / 16 * 16 + c];
      }
    }
    for (int t = 0; t < tokens; t++) {
      double score = 0;
      double size = 0;
      double fused = 0;
      for (int c = 0; c < channels; c++) {
        score += (double) query[c] * keys[t * channels + c];
        size += Math.abs((double) query[c] * keys[t * channels + c]);
        fused += (double) turned[c] * codes[t * channels + c];
      }
      assertEquals(score, scales[t] * fused, 1e-5 * size);
    }
  }

  /** Keys and values by way of both factors, nothing quantised, of 3 queries. */
  @DisplayName("3.10.7 attention without quantisation is that of the original")
  @Test
  void attentionOfTheFactorsIsThatOfTheOriginal(Random random) {
    int tokens = 90;
    int channels = 32;
    float[] keys = outliers(random, tokens, channels);
    float[] values = outliers(random, tokens, channels);
    for (int q = 0; q < 3; q++) {
      float[] query = Tensors.gaussian(random, channels, 0.05);
      double[] exact = attention(query, widened(keys), widened(values), channels);
      double[] factored = attention(query, rebuilt(keys), rebuilt(values), channels);
      for (int c = 0; c < channels; c++) {
        // Factors lose 1e-10; logits below 100, and a probability moves by its logit's error.
        assertEquals(exact[c], factored[c], 1e-10 * 100 * 60, "channel " + c);
      }
    }
  }

  private static double[] rebuilt(float[] x) {
    int rows = x.length / 16;
    BalancedFactors factors = BalancedFactors.of(x, rows, 16);
    double[] out = new double[x.length];
    MatrixProduct.add(factors.left(x, 0, rows), factors.right(), out, rows, 16, 16);
    return out;
  }

  private static double[] attention(float[] query, double[] keys, double[] values, int channels) {
    int tokens = keys.length / channels;
    double[] weights = new double[tokens];
    double sum = 0;
    for (int t = 0; t < tokens; t++) {
      double logit = 0;
      for (int c = 0; c < channels; c++) {
        logit += query[c] * keys[t * channels + c];
      }
      weights[t] = Math.exp(logit);
      sum += weights[t];
    }
    double[] out = new double[channels];
    for (int t = 0; t < tokens; t++) {
      for (int c = 0; c < channels; c++) {
        out[c] += weights[t] / sum * values[t * channels + c];
      }
    }
    return out;
  }

  @DisplayName("3.10.8 blocks of 1,000, a tail of 37")
  @Test
  void blocksStandAlone(Random random) {
    String spec = "decoquant(bits=4,block=1000,rope=post)";
    float[] x = Tensors.gaussian(random, 2037 * 64, 1);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.POST, DType.F16, x, 2037, 2, 32);
    byte[] block = codec(spec).encode(view);
    Reconstruction back = codec(spec).decode(block, view.shape());
    assertEquals(37, back.exactSuffix());
    assertEquals(0, back.exactPrefix());
    float[] exact = view.tensor().data();
    assertArrayEquals(
        Arrays.copyOfRange(exact, 2000 * 64, 2037 * 64),
        Arrays.copyOfRange(back.data(), 2000 * 64, 2037 * 64));
    // Each block of tokens is what it would be as a prompt of its own, in sections and in floats.
    for (int from : new int[] {0, 1000}) {
      TensorView alone =
          Tensors.view(
              TensorKind.KEY,
              RopeStage.POST,
              DType.F16,
              Arrays.copyOfRange(exact, from * 64, (from + 1000) * 64),
              1000,
              2,
              32);
      byte[] part = codec(spec).encode(alone);
      for (Section section : new Section[] {Section.CODES, Section.PARAMETERS, Section.BASIS}) {
        byte[] bytes = section(part, section);
        int at = from / 1000 * bytes.length;
        assertArrayEquals(
            bytes, Arrays.copyOfRange(section(block, section), at, at + bytes.length));
      }
      assertArrayEquals(
          codec(spec).decode(part, alone.shape()).data(),
          Arrays.copyOfRange(back.data(), from * 64, (from + 1000) * 64));
    }
  }

  private static byte[] section(byte[] block, Section section) {
    EncodedBlock in = EncodedBlock.open(block);
    return Arrays.copyOfRange(block, in.start(section), in.start(section) + in.length(section));
  }

  /** A scale of 1e-5 / 127 is the least binary16 number, rounded: codes 0, values 0. */
  @DisplayName("3.10.8 zeros and constants: the floor of the scale")
  @ParameterizedTest
  @CsvSource({"2, a", "4, a", "8, a", "2, b", "8, b"})
  void zerosAndConstants(int bits, String variant) {
    String spec = "decoquant(bits=" + bits + ",variant=" + variant + ")";
    TensorView zeros = Tensors.keys(new float[10 * 32], 10, 1, 32);
    byte[] block = codec(spec).encode(zeros);
    assertArrayEquals(new float[10 * 32], codec(spec).decode(block, zeros.shape()).data());
    float floor = halves(block, Section.PARAMETERS)[0];
    assertEquals(1e-5 / ((1 << (bits - 1)) - 1), floor, 0x1p-25);
    assertTrue(floor > 0);

    float[] constant = new float[10 * 32];
    Arrays.fill(constant, 3);
    TensorView view = Tensors.keys(constant, 10, 1, 32);
    // One singular value: entries of the large factor are alike and code without loss.
    assertTrue(Tensors.nmse(constant, roundTrip(spec, view)) < 0x1p-20);
  }

  @DisplayName("3.10.8 a zero row has the floor for a scale, 1e-5 / qmax, and codes 0")
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void aZeroRowAmongOthers(int bits, Random random) {
    float[] x = Tensors.gaussian(random, 20 * 32, 1);
    Arrays.fill(x, 7 * 32, 8 * 32, 0);
    TensorView view = Tensors.keys(x, 20, 2, 16);
    byte[] block = codec("decoquant(bits=" + bits + ")").encode(view);
    float floor = Float16.round((float) (1e-5 / ((1 << (bits - 1)) - 1)));
    assertEquals(floor, halves(block, Section.PARAMETERS)[7]);
    assertTrue(halves(block, Section.PARAMETERS)[6] > 100 * floor);
    int[] codes = codes(block, bits, x.length);
    assertArrayEquals(new int[32], Arrays.copyOfRange(codes, 7 * 32, 8 * 32));
    float[] back = codec("decoquant(bits=" + bits + ")").decode(block, view.shape()).data();
    assertArrayEquals(new float[32], Arrays.copyOfRange(back, 7 * 32, 8 * 32));
  }

  @DisplayName("3.10.8 (T, H, h) <-> (T, C): every head keeps its place")
  @Test
  void headsKeepTheirPlaces(Random random) {
    float[] x = Tensors.gaussian(random, 50 * 96, 0.1);
    for (int i = 0; i < x.length; i++) {
      x[i] += i % 96 / 32; // a level for each of three heads
    }
    float[] back = roundTrip("decoquant(bits=8)", Tensors.keys(x, 50, 3, 32));
    for (int i = 0; i < x.length; i++) {
      assertEquals(x[i], back[i], 0.1); // a step of 8 bits, turned back by 16 x 16
    }
  }
}
