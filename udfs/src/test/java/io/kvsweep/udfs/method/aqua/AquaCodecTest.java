package io.kvsweep.udfs.method.aqua;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.GroupedRows;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AquaCodecTest {
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

  @Test
  void withoutRoundingTheIdentityIsExact() {
    Random random = new Random(6);
    float[] exact = integers(random, 160, 1);
    ResidualCoder coder = new ResidualCoder(Aqua.IDENTITY, 16);
    float[] prediction = integers(random, 160, 0.125);
    assertArrayEquals(exact, coder.encode(exact, Optional.of(prediction), 10).reconstruction(), 0f);
  }

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

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5})
  void shortPromptsAreDefined(int tokens) {
    Aqua.Cache cache = Aqua.correlated(3, tokens, 16, 0.2, 13);
    CacheCodec codec = Aqua.codec("aqua(bits=2)", 16, Aqua.random(3, 16, 14));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, tokens);
    for (int l = 0; l < 3; l++) {
      for (int i = 0; i < Math.min(tokens, 4) * 16; i++) {
        assertEquals(cache.keys().get(l)[i], decoded.keys().get(l)[i], 0f);
      }
    }
  }

  @Test
  void zeroRowsAreDefined() {
    Aqua.Cache cache = Aqua.correlated(2, 12, 16, 0.2, 15);
    cache.keys().forEach(data -> Arrays.fill(data, 96, 160, 0));
    cache.values().forEach(data -> Arrays.fill(data, 96, 160, 0));
    Aqua.Cache decoded =
        Aqua.roundTrip(Aqua.codec("aqua(bits=2)", 16, Aqua.zeros(2, 16)), cache, 12);
    for (int i = 96; i < 160; i++) {
      assertEquals(0f, decoded.keys().get(1)[i], 0f);
      assertEquals(0f, decoded.values().get(1)[i], 0f);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 24, 96, 130})
  void channelsNeedNotBeAPowerOfTwo(int channels) {
    Aqua.Cache cache = Aqua.correlated(2, 30, channels, 0.2, 16);
    CacheCodec codec = Aqua.codec("aqua(bits=4)", channels, Aqua.random(2, channels, 17));
    Aqua.Cache decoded = Aqua.roundTrip(codec, cache, 30);
    // 4 bits: 0.0078 of the residual's energy, which is at most 4 times that of the keys here.
    assertTrue(Aqua.nmse(cache.keys().get(1), decoded.keys().get(1)) < 4 * 0.0078 * 2);
  }

  @Test
  void oddChannelsAreRefusedByHiggs() {
    Aqua.Cache cache = Aqua.correlated(2, 5, 15, 0.2, 18);
    CacheCodec codec = Aqua.codec("aqua(bits=2)", 15, Aqua.zeros(2, 15));
    UnencodableException e =
        assertThrows(UnencodableException.class, () -> Aqua.roundTrip(codec, cache, 5));
    assertTrue(e.getMessage().startsWith("15 channels have no group of 2 or more"), e::getMessage);
  }

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

  @Test
  void blocksAreBoundToArtefactLayerAndKind() {
    Aqua.Cache cache = Aqua.correlated(3, 10, 16, 0.2, 20);
    CacheCodec codec = Aqua.codec("aqua(bits=2,first=2)", 16, Aqua.random(3, 16, 21));
    List<CacheCodec.Blocks> blocks = Aqua.encode(codec, cache, 0, 10);
    CacheCodec other = Aqua.codec("aqua(bits=2,first=2)", 16, Aqua.random(3, 16, 22));
    refused("other parameters", () -> other.decode(cache.run(0, 10)).next(blocks.get(0)));
    refused("other parameters", () -> codec.decode(cache.run(0, 10)).next(blocks.get(1)));
    refused(
        "holds a value, expected a key",
        () ->
            codec
                .decode(cache.run(0, 10))
                .next(new CacheCodec.Blocks(blocks.get(0).values(), blocks.get(0).keys())));
    refused("section", () -> codec.decode(cache.run(2, 10)).next(blocks.get(0)));
  }

  private static void refused(String part, org.junit.jupiter.api.function.Executable decode) {
    MalformedBlockException e = assertThrows(MalformedBlockException.class, decode);
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  @Test
  void withoutArtefactOneLayerOnlyIsCoded() {
    CacheCodec codec = (CacheCodec) Methods.STANDARD.pipeline("aqua(bits=2)", 1).codec();
    Aqua.Cache one = Aqua.correlated(1, 10, 16, 0.2, 23);
    assertTrue(Aqua.nmse(one.keys().get(0), Aqua.roundTrip(codec, one, 10).keys().get(0)) < 0.02);
    Aqua.Cache two = Aqua.correlated(2, 10, 16, 0.2, 23);
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Aqua.roundTrip(codec, two, 10));
    assertTrue(e.getMessage().contains("fit them with 'kvsweep calibrate'"), e::getMessage);
    CacheCodec three = Aqua.codec("aqua(bits=2)", 16, Aqua.zeros(3, 16));
    e = assertThrows(InvalidInputException.class, () -> Aqua.roundTrip(three, two, 10));
    assertTrue(
        e.getMessage().contains("are for 3 layers of 16 channels, the prompt has 2 of 16"),
        e::getMessage);
  }

  @Test
  void bitsAsPublished() {
    // Bytes of coded tokens: the difference that one token makes.
    assertEquals(2.015625, bits(1024, 2, 1), 0);
    assertEquals(4.015625, bits(1024, 2, 0), 0);
    assertEquals(2.0871, average(28, 1024, 2), 5e-5);
    assertEquals(3.0513, average(28, 1024, 3), 5e-5);
    assertEquals(2.0781, average(32, 1024, 2), 5e-5);
    assertEquals(2.0406, average(80, 1024, 2), 5e-5);
    assertEquals(2.1027, average(28, 512, 2), 5e-5);
    assertEquals(2.1181, average(36, 256, 2), 5e-5);
    assertEquals(84_989_952, Predictors.parameters(28, 1024));
    assertEquals(162.1, 2 * Predictors.parameters(28, 1024) / 0x1p20, 0.05);
    assertEquals(186.1, 2 * Predictors.parameters(32, 1024) / 0x1p20, 0.05);
    assertEquals(474.3, 2 * Predictors.parameters(80, 1024) / 0x1p20, 0.05);
    assertEquals(40.6, 2 * Predictors.parameters(28, 512) / 0x1p20, 0.05);
    // A fifth of the tokens kept, as with H2O: 16-bit values over those of a fifth.
    assertEquals(38.28, 5 * 16 / (Math.round(100 * average(28, 1024, 2)) / 100.0), 0.005);
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
                                0, new TensorShape(tokens, 1, channels), 2, DType.F16))
                        .getAsLong())
            .toArray();
    return 8.0 * (bytes[1] - bytes[0]) / channels;
  }

  private static double average(int layers, int channels, int bits) {
    return ((layers - 1) * bits(channels, bits, 1) + bits(channels, bits, 0)) / layers;
  }

  @Test
  void predictorsSurviveTheArtefact() {
    List<LayerPredictors> fitted = new ArrayList<>();
    for (LayerPredictors layer : Aqua.random(3, 6, 24)) {
      fitted.add(new LayerPredictors(layer.keys(), layer.values(), 0.25, 0.125));
    }
    Artefact artefact = Aqua.artefact("spec", 6, fitted);
    Artefact read = Artefact.read(artefact.bytes(), "file");
    assertEquals(artefact.recipe(), read.recipe());
    assertEquals(List.of(0, 1, 2), read.recipe().layers());
    Predictors predictors = Predictors.of(read);
    for (int l = 1; l < 3; l++) {
      assertArrayEquals(fitted.get(l - 1).keys().weights(), predictors.layer(l).keys().weights());
      assertArrayEquals(fitted.get(l - 1).keys().bias(), predictors.layer(l).keys().bias());
      assertArrayEquals(
          fitted.get(l - 1).values().weights(), predictors.layer(l).values().weights());
      assertArrayEquals(fitted.get(l - 1).values().bias(), predictors.layer(l).values().bias());
      assertEquals(0.25, predictors.layer(l).keyRelMse());
      assertEquals(0.125, predictors.layer(l).valueRelMse());
    }
    assertEquals(1, LayerPredictors.bits(0.25), 1e-15);
    byte[] damaged = artefact.bytes().clone();
    damaged[damaged.length / 2] ^= 1;
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Artefact.read(damaged, "file"));
    assertEquals(
        "file: the artefact is damaged, its checksum does not fit; calibrate again",
        e.getMessage());
  }
}
