package io.kvsweep.udfs.method.decoquant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.Pipeline;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class DecoQuantTest {
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

  @ParameterizedTest
  @ValueSource(strings = {"decoquant(bits=4,block=100)", "decoquant(bits=2,variant=b,block=100)"})
  void promptsShorterThanABlockAreKeptWhole(String spec, Random random) {
    TensorView view =
        Tensors.view(
            TensorKind.VALUE,
            RopeStage.NONE,
            DType.F16,
            Tensors.gaussian(random, 37 * 32, 1),
            37,
            1,
            32);
    Reconstruction back = codec(spec).decode(codec(spec).encode(view), view.shape());
    assertEquals(37, back.exactSuffix());
    assertArrayEquals(view.tensor().data(), back.data());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b"})
  void eightBitsAreCloseAtAnyLength(String variant, Random random) {
    for (int tokens : new int[] {1, 2, 15, 31, 32, 33, 200}) {
      TensorView view = Tensors.keys(Tensors.gaussian(random, tokens * 32, 1), tokens, 2, 16);
      double nmse =
          Tensors.nmse(
              view.tensor().data(), roundTrip("decoquant(bits=8,variant=" + variant + ")", view));
      // A step is 1/127 of a peak of at most 8 deviations: nmse (8/127)^2 / 12.
      assertTrue(nmse < 3.4e-4, tokens + " tokens: " + nmse);
    }
  }

  /** Scales per channel: the bulk of the gain in the paper's simulation. */
  @Test
  void variantBBeatsVariantAOnOutlierChannels(Random random) {
    TensorView view = Tensors.keys(outliers(random, 44, 1024), 44, 16, 64);
    double a = error("decoquant(bits=4)", view);
    double b = error("decoquant(bits=4,variant=b)", view);
    assertTrue(b < a / 2, b + " against " + a);
  }

  /** {@code r = min(channels, tokens)}: codes, channel scales, small factor. */
  @ParameterizedTest
  @ValueSource(ints = {1, 44, 63, 64, 65, 300})
  void bytesOfVariantB(int tokens, Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, tokens * 64, 1), tokens, 2, 32);
    TensorCodec codec = codec("decoquant(bits=4,variant=b)");
    byte[] block = codec.encode(view);
    int rank = Math.min(64, tokens);
    assertEquals(48 + 64 * rank / 2 + 2 * 64 + 2 * rank * tokens, block.length);
    assertEquals(4.0 * rank / tokens, codec.nominalBits(block));
  }

  @Test
  void variantBRefusesDecompositionsBeyondReason() {
    TensorView view = Tensors.keys(new float[2100 * 2112], 2100, 33, 64);
    UnencodableException e =
        assertThrows(
            UnencodableException.class, () -> codec("decoquant(bits=4,variant=b)").encode(view));
    assertEquals(
        "variant=b of 2112 channels and blocks of 2100 tokens needs the decomposition of a 2100 x 2100 matrix, at most 2048: use variant=a, or block=2048 or less",
        e.getMessage());
  }

  @Test
  void innerMustDivideTheHead(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 5 * 24, 1), 5, 1, 24);
    UnencodableException e =
        assertThrows(UnencodableException.class, () -> codec("decoquant(bits=4)").encode(view));
    assertEquals(
        "inner=16 does not divide the head dimension 24: use inner=8 or a smaller power of two",
        e.getMessage());
  }

  @Test
  void smallFactorBeyondBinary16IsRefused() {
    float[] x = new float[32 * 16];
    Arrays.fill(x, 1e12f);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.NONE, DType.F32, x, 32, 1, 16);
    UnencodableException e =
        assertThrows(UnencodableException.class, () -> codec("decoquant(bits=4)").encode(view));
    assertTrue(e.getMessage().contains("binary16"), e.getMessage());
  }

  @Test
  void canonicalFormAndFidelity() {
    Pipeline a = Methods.STANDARD.pipeline("decoquant(bits=4)", 1);
    assertEquals("decoquant(bits=4,variant=a,inner=16,rope=post,block=0)", a.spec());
    assertEquals(Fidelity.PAPER, a.fidelity());
    assertEquals(
        Fidelity.PAPER,
        Methods.STANDARD.pipeline("decoquant(bits=4,variant=b,rope=pre)", 1).fidelity());
    for (String variant :
        new String[] {
          "decoquant(bits=4,inner=8)", "decoquant(bits=4,rope=pre)", "decoquant(bits=4,variant=b)"
        }) {
      assertEquals(Fidelity.VARIANT, Methods.STANDARD.pipeline(variant, 1).fidelity());
    }
    assertEquals(
        new CodecId("DECA", a.spec()).codec(),
        new String(
            codec(a.spec()).encode(Tensors.keys(new float[16], 1, 1, 16)),
            8,
            4,
            java.nio.charset.StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "decoquant; 1; decoquant: needs bits=2, 4 or 8",
        "decoquant(bits=3); 11; invalid bits=3: expected one of 2, 4, 8",
        "decoquant(bits=4,inner=12); 18; invalid inner=12: expected one of 2, 4, 8, 16, 32, 64, 128, 256",
        "decoquant(bits=4,variant=b,inner=8); 1; decoquant: inner=8 is of variant=a, variant=b has no runs"
      })
  void invalidSpecs(String spec, int column, String problem) {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> Methods.STANDARD.pipeline(spec, 1));
    assertEquals(
        "invalid method '%s', column %d: %s".formatted(spec, column, problem), e.getMessage());
  }

  /** Cells that differ in bits share the factors, and get the bytes they would get alone. */
  @ParameterizedTest
  @CsvSource({
    "'variant=a', true",
    "'variant=a,block=50', true",
    "'variant=b', true",
    "'variant=b,block=50', false" // factors of many blocks: larger than the tensor
  })
  void factorsAreShared(String options, boolean shared, Random random) {
    float[] data = Tensors.gaussian(random, 130 * 64, 1);
    TensorView view = Tensors.keys(data, 130, 2, 32);
    codec("decoquant(bits=4," + options + ")").encode(view);
    long nanos = view.sharedNanos();
    assertEquals(shared, nanos > 0);
    for (int bits : new int[] {2, 4, 8}) {
      TensorCodec codec = codec("decoquant(bits=" + bits + "," + options + ")");
      assertArrayEquals(codec.encode(Tensors.keys(data, 130, 2, 32)), codec.encode(view));
    }
    assertEquals(nanos, view.sharedNanos(), "nothing was computed again");
    codec("decoquant(bits=4,inner=8)").encode(view);
    assertTrue(view.sharedNanos() > nanos, "another inner size has other factors");
  }
}
