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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AquaCodecTest {
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
    refused(
        "section",
        () ->
            codec
                .decode(new CacheCodec.Run(2, new TensorShape(10, 1, 16), 12, 3, DType.F16))
                .next(blocks.get(0)));
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
