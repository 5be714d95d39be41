package io.kvsweep.udfs.method.aqua;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.GroupedRows;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The invariants of AQUA-KV, numbered as in the notes on it, section 2.10. 1 and 2: {@code
 * HiggsQuantizerTest} and {@code HadamardTest}; 5 and 6: {@link AquaFitTest}; the buffer of 8:
 * {@link RecentBufferTest}.
 */
class AquaInvariantsTest {
  private static final RowQuantizer TWO_BITS = rtn(2, 8);

  private static RowQuantizer rtn(int bits, int group) {
    return new GroupedRows(new AffineQuantizer(bits, AffineQuantizer.Levels.ENDPOINTS), group);
  }

  /** Small integers, whose sums and products with small weights floats hold exactly. */
  private static float[] integers(Random random, int count, double unit) {
    float[] out = new float[count];
    for (int i = 0; i < count; i++) {
      out[i] = (float) (unit * (random.nextInt(64) - 32));
    }
    return out;
  }

  @DisplayName("2.10.3 closed loop: K^ - K = DQ(Q(r)) - r")
  @Test
  void theErrorIsTheQuantisersOwnOnTheResidualExactly() {
    // All of it exact in float: the group's minimum and scale have 11 bits, a code has 2.
    Random random = new Random(1);
    float[] exact = integers(random, 40 * 16, 1);
    float[] prediction = integers(random, 40 * 16, 0.25);
    ResidualCoder coder = new ResidualCoder(TWO_BITS, 16);
    float[] residual = new float[exact.length];
    for (int i = 0; i < residual.length; i++) {
      residual[i] = exact[i] - prediction[i];
    }
    float[] quantised = coder.encode(residual, Optional.empty(), 40).reconstruction();
    float[] reconstruction = coder.encode(exact, Optional.of(prediction), 40).reconstruction();
    for (int i = 0; i < residual.length; i++) {
      assertEquals(quantised[i] - residual[i], reconstruction[i] - exact[i], 0f);
      assertTrue(quantised[i] != residual[i] || residual[i] == Math.rint(4 * residual[i]) / 4);
    }
  }

  @DisplayName("2.10.3 errors do not grow over layers")
  @Test
  void errorsDoNotGrowOverLayersWhateverThePredictors() {
    Aqua.Cache cache = Aqua.correlated(8, 64, 32, 0.2, 2);
    CacheCodec codec = Aqua.codec(rtn(8, 8), rtn(8, 8), 0, 32, Aqua.random(8, 32, 3));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, 64);
    for (int l = 0; l < 8; l++) {
      // A step of 8 bits over a range of at most 12 (residuals of unrelated predictors).
      for (int i = 0; i < cache.keys().get(l).length; i++) {
        assertEquals(cache.keys().get(l)[i], decoded.keys().get(l)[i], 12.0 / 255);
        assertEquals(cache.values().get(l)[i], decoded.values().get(l)[i], 12.0 / 255);
      }
    }
  }

  @DisplayName("2.10.4 an identity quantiser is lossless")
  @Test
  void anIdentityQuantiserIsLosslessWhateverThePredictors() {
    Aqua.Cache cache = Aqua.correlated(4, 20, 16, 0.2, 4);
    CacheCodec codec = Aqua.codec(Aqua.IDENTITY, Aqua.IDENTITY, 2, 16, Aqua.random(4, 16, 5));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, 7);
    assertArrayEquals(cache.keys().get(0), decoded.keys().get(0));
    for (int l = 1; l < 4; l++) {
      for (int i = 0; i < cache.keys().get(l).length; i++) {
        // x - p and p + (x - p) round once each; all three are below 8 in magnitude.
        assertEquals(cache.keys().get(l)[i], decoded.keys().get(l)[i], 2 * Math.ulp(8f));
        assertEquals(cache.values().get(l)[i], decoded.values().get(l)[i], 2 * Math.ulp(8f));
      }
    }
  }

  @DisplayName("2.10.4 and exact where nothing rounds")
  @Test
  void withoutRoundingTheIdentityIsExact() {
    Random random = new Random(6);
    float[] exact = integers(random, 160, 1);
    ResidualCoder coder = new ResidualCoder(Aqua.IDENTITY, 16);
    float[] prediction = integers(random, 160, 0.125);
    assertArrayEquals(exact, coder.encode(exact, Optional.of(prediction), 10).reconstruction(), 0f);
  }

  @DisplayName("2.10.4 zero predictors are plain HIGGS")
  @Test
  void zeroPredictorsAreThePlainBackbone() {
    Aqua.Cache cache = Aqua.correlated(3, 30, 64, 0.2, 7);
    CacheCodec codec = Aqua.codec("aqua(bits=2,first=2,sinks=0)", 64, Aqua.zeros(3, 64));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, 30);
    CacheCodec plain =
        (CacheCodec) Methods.STANDARD.pipeline("aqua(bits=2,first=2,sinks=0)", 1).codec();
    for (int l = 0; l < 3; l++) {
      Aqua.Cache one =
          new Aqua.Cache(30, 64, List.of(cache.keys().get(l)), List.of(cache.values().get(l)));
      Aqua.Cache direct = Aqua.roundTrip(plain, one, 30);
      assertArrayEquals(direct.keys().get(0), decoded.keys().get(l), 0f);
      assertArrayEquals(direct.values().get(0), decoded.values().get(l), 0f);
    }
  }

  @DisplayName("2.10.3 the same floats for every split into chunks")
  @ParameterizedTest
  @ValueSource(strings = {"aqua(bits=2)", "aqua(bits=3,sinks=9,backbone=rtn(group=5))"})
  void decodesToTheSameFloatsForEverySplit(String spec) {
    Aqua.Cache cache = Aqua.correlated(4, 150, 48, 0.2, 8);
    CacheCodec codec = Aqua.codec(spec, 48, Aqua.random(4, 48, 9));
    Aqua.Cache whole = Aqua.roundTrip(codec, cache, 150);
    for (int runTokens : List.of(1, 3, 64, 65, 149)) {
      Aqua.Cache cut = Aqua.roundTrip(codec, cache, runTokens);
      for (int l = 0; l < 4; l++) {
        assertBits(whole.keys().get(l), cut.keys().get(l));
        assertBits(whole.values().get(l), cut.values().get(l));
      }
    }
  }

  @DisplayName("2.10.3 coder and decoder reconstruct the same")
  @Test
  void theCoderSeesWhatTheDecoderWill() {
    Random random = new Random(10);
    ResidualCoder coder = new ResidualCoder(TWO_BITS, 24);
    float[] exact = Aqua.gaussian(random, 50 * 24);
    Optional<float[]> prediction = Optional.of(Aqua.gaussian(random, 50 * 24));
    ResidualCoder.Coded coded = coder.encode(exact, prediction, 50);
    float[] decoded =
        coder.decode(
            new io.kvsweep.udfs.block.BitReader(coded.codes(), 0, coded.codes().length),
            new io.kvsweep.udfs.block.HalfReader(coded.parameters(), 0, coded.parameters().length),
            prediction,
            50);
    assertBits(coded.reconstruction(), decoded);
  }

  static void assertBits(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(actual[i]), "value " + i);
    }
  }

  @DisplayName("2.10.8 sinks are returned to the bit")
  @Test
  void sinksAreExactInEveryLayerAndNothingElseIsCounted() {
    Aqua.Cache cache = Aqua.correlated(3, 40, 16, 0.2, 11);
    CacheCodec codec = Aqua.codec("aqua(bits=2)", 16, Aqua.random(3, 16, 12));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, 3); // sinks in two runs
    for (int l = 0; l < 3; l++) {
      for (int i = 0; i < 4 * 16; i++) {
        assertEquals(cache.keys().get(l)[i], decoded.keys().get(l)[i], 0f);
        assertEquals(cache.values().get(l)[i], decoded.values().get(l)[i], 0f);
      }
      assertTrue(Aqua.nmse(cache.keys().get(l), decoded.keys().get(l)) > 1e-4);
    }
    CacheCodec.Decoded first =
        codec.decode(cache.run(0, 40)).next(Aqua.encode(codec, cache, 0, 40).get(0));
    assertEquals(4, first.keys().exactTokens());
    // 4 sinks of 16 channels in binary16; 36 tokens at 4 bits with one norm each.
    assertEquals(
        48 + 4 * 16 * 2 + 36 * 16 / 2 + 36 * 2, codec.blockBytes(0, cache.run(0, 40)).getAsLong());
    for (int from : List.of(0, 2, 10)) {
      List<CacheCodec.Blocks> blocks = Aqua.encode(codec, cache, from, 30);
      for (int l = 0; l < 3; l++) {
        long expected = codec.blockBytes(l, cache.run(from, 30)).getAsLong();
        assertEquals(expected, blocks.get(l).keys().length);
        assertEquals(expected, blocks.get(l).values().length);
      }
    }
  }

  @DisplayName("2.10.7 C = 512 with G = 1,024 is refused")
  @Test
  void groupsLongerThanTheChannelsAreRefused() {
    Aqua.Cache cache = Aqua.correlated(1, 5, 512, 0.2, 19);
    CacheCodec codec =
        (CacheCodec)
            Methods.STANDARD.pipeline("aqua(bits=2,backbone=higgs(group=1024))", 1).codec();
    UnencodableException e =
        assertThrows(UnencodableException.class, () -> Aqua.roundTrip(codec, cache, 5));
    assertEquals(
        "group=1024 does not divide 512 channels, and padding would be stored: use group=auto, here 512",
        e.getMessage());
  }

  @DisplayName("2.10.7 accounting")
  @Test
  void bitsAsPublished() {
    // Bytes of coded tokens: the difference that one token makes.
    assertEquals(2.015625, bits(1024, 2, 1), 0);
    assertEquals(4.015625, bits(1024, 2, 0), 0);
    assertEquals(2.0871, average(28, 1024, 2), 5e-5);
    assertEquals(3.0513, average(28, 1024, 3), 5e-5);
    assertEquals(2.0781, average(32, 1024, 2), 5e-5);
    assertEquals(3.0469, average(32, 1024, 3), 5e-5);
    assertEquals(2.0406, average(80, 1024, 2), 5e-5);
    assertEquals(3.0281, average(80, 1024, 3), 5e-5);
    assertEquals(2.1027, average(28, 512, 2), 5e-5);
    assertEquals(3.0670, average(28, 512, 3), 5e-5);
    assertEquals(2.1181, average(36, 256, 2), 5e-5);
    assertEquals(3.0903, average(36, 256, 3), 5e-5);
    assertEquals(84_989_952, Predictors.parameters(28, 1024));
    assertEquals(162.1, 2 * Predictors.parameters(28, 1024) / 0x1p20, 0.05);
    assertEquals(186.1, 2 * Predictors.parameters(32, 1024) / 0x1p20, 0.05);
    assertEquals(474.3, 2 * Predictors.parameters(80, 1024) / 0x1p20, 0.05);
    assertEquals(40.6, 2 * Predictors.parameters(28, 512) / 0x1p20, 0.05);
    // A fifth of the tokens kept, as with H2O: 16-bit values over those of a fifth, at the two
    // decimals of the paper; 38.3 as published, and 39.6 for HIGGS alone.
    assertEquals(38.28, 5 * 16 / hundredths(average(28, 1024, 2)), 0.005);
    assertEquals(39.60, 5 * 16 / hundredths(bits(1024, 2, 1)), 0.005);
  }

  private static double bits(int channels, int bits, int layer) {
    CacheCodec codec =
        (CacheCodec) Methods.STANDARD.pipeline("aqua(bits=%d)".formatted(bits), 1).codec();
    long[] bytes =
        IntStream.of(100, 101)
            .mapToLong(
                tokens ->
                    codec
                        .blockBytes(
                            layer,
                            new CacheCodec.Run(
                                0, new TensorShape(tokens, 1, channels), tokens, 2, DType.F16))
                        .getAsLong())
            .toArray();
    return 8.0 * (bytes[1] - bytes[0]) / channels;
  }

  private static double hundredths(double bits) {
    return Math.round(100 * bits) / 100.0;
  }

  private static double average(int layers, int channels, int bits) {
    return ((layers - 1) * bits(channels, bits, 1) + bits(channels, bits, 0)) / layers;
  }

  /** At the shape of Llama-3.2-3B: 28 layers of 1,024 channels. */
  @DisplayName("2.10.7 with sinks, buffer and predictors: 2.202 and 2.094, 2.89 and 0.18 bits more")
  @Test
  void bitsWithAllThatIsNotInTheHeadline() {
    assertEquals(2.202, generated(8192), 5e-4);
    assertEquals(2.094, generated(131_072), 5e-4);
    double adapters = 16.0 * Predictors.parameters(28, 1024) / (28 * 2 * 1024);
    assertEquals(2.89, adapters / 8192, 0.005);
    assertEquals(0.18, adapters / 131_072, 0.005);
  }

  /** Bits per value, header left out, mean over the 128 lengths around: 63.5 tokens wait. */
  private static double generated(int tokens) {
    AquaCodec codec = (AquaCodec) Methods.STANDARD.pipeline("aqua(bits=2,buffer=128:1)", 1).codec();
    double bits = 0;
    for (int t = tokens - 64; t < tokens + 64; t++) {
      CacheCodec.Run run = new CacheCodec.Run(0, new TensorShape(t, 8, 128), t, 28, DType.F16);
      long first = codec.blockBytes(0, run).getAsLong() - EncodedBlock.HEADER_BYTES;
      long above = codec.blockBytes(1, run).getAsLong() - EncodedBlock.HEADER_BYTES;
      bits += 8.0 * (first + 27 * above) / (28.0 * t * 1024) / 128;
    }
    return bits;
  }

  /** Predictors that know nothing: every coded token loses something, every whole one nothing. */
  @DisplayName("2.10.8 what waits in the buffer is whole in every layer, and billed")
  @ParameterizedTest
  @CsvSource({
    "128, 131, 127", // 4 sinks and 127 more: no chunk
    "128, 132, 0", // one more: one chunk of 128
    "128, 1000, 0", // a prefill is one chunk of 996
    "128:1, 131, 127",
    "128:1, 132, 0",
    "128:1, 1000, 100", // 996 = 7 * 128 + 100
    "128:32, 1000, 72", // 124 + 32 = 156 become a chunk, then 128 each: 996 - 156 - 6 * 128
    "16:5, 40, 0"
  })
  void tokensInTheBufferAreWhole(String buffer, int tokens, int waiting) {
    Aqua.Cache cache = Aqua.correlated(2, tokens, 16, 0.2, 30);
    String spec = "aqua(bits=2,buffer=" + buffer + ")";
    CacheCodec codec = Aqua.codec(spec, 16, Aqua.random(2, 16, 31));
    for (int runTokens : List.of(tokens, 50, 3)) {
      Aqua.Cache decoded = Aqua.roundTrip(codec, cache, runTokens);
      for (int l = 0; l < 2; l++) {
        for (int t = 0; t < tokens; t++) {
          boolean whole = t < 4 || t >= tokens - waiting;
          for (int c = 0; c < 16; c++) {
            int at = t * 16 + c;
            if (whole) {
              assertEquals(cache.keys().get(l)[at], decoded.keys().get(l)[at], 0f, "token " + t);
              assertEquals(cache.values().get(l)[at], decoded.values().get(l)[at], 0f);
            }
          }
          int from = t * 16;
          if (!whole) {
            assertFalse(
                Arrays.equals(
                    Arrays.copyOfRange(cache.keys().get(l), from, from + 16),
                    Arrays.copyOfRange(decoded.keys().get(l), from, from + 16)),
                "token " + t + " is coded");
          }
        }
      }
      long length = 0;
      for (int from = 0; from < tokens; from += runTokens) {
        int count = Math.min(runTokens, tokens - from);
        List<CacheCodec.Blocks> blocks = Aqua.encode(codec, cache, from, count);
        assertEquals(
            blocks.get(1).keys().length, codec.blockBytes(1, cache.run(from, count)).getAsLong());
        length += blocks.get(1).keys().length - EncodedBlock.HEADER_BYTES;
      }
      int coded = tokens - 4 - waiting;
      assertEquals((4 + waiting) * 16 * 2 + coded * (16 * 2 / 8 + 2), length);
    }
  }

  /** Rows of a run know their own position: keys captured rotated come back rotated. */
  @DisplayName("2.10.8 RoPE(unRoPE(k)) = k through the codec, key positions preserved")
  @Test
  void keyPositionsArePreserved() {
    int tokens = 300;
    float[] x = Aqua.gaussian(new Random(32), tokens * 32);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.POST, DType.F32, x, tokens, 2, 16);
    float[] pre = view.data(RopeStage.PRE);
    Aqua.Cache cache = new Aqua.Cache(tokens, 32, List.of(pre, pre), List.of(pre, pre));
    CacheCodec codec = Aqua.codec(Aqua.IDENTITY, Aqua.IDENTITY, 0, 32, Aqua.zeros(2, 32));
    float[] decoded = Aqua.roundTrip(codec, cache, 128).keys().get(1);
    assertBits(pre, decoded);
    float[] back = view.convert(decoded, RopeStage.PRE, RopeStage.POST);
    for (int i = 0; i < x.length; i++) {
      // Two rotations, each with a rounded cosine, product and sum: see RotaryTest.
      int other = i % 16 < 8 ? i + 8 : i - 8;
      assertEquals(x[i], back[i], 8 * 0x1p-24 * (Math.abs(x[i]) + Math.abs(x[other])));
    }
    TensorView elsewhere = // the same rows one token later
        Tensors.keys(Arrays.copyOfRange(back, 32, back.length), tokens - 1, 2, 16);
    assertTrue(Aqua.nmse(elsewhere.tensor().data(), Arrays.copyOf(x, (tokens - 1) * 32)) > 0.5);
  }
}
