package io.kvsweep.udfs.method.hadamard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.rtn.RtnMethod;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Parameter;
import io.kvsweep.udfs.spec.Pipeline;
import io.kvsweep.udfs.testkit.FirstTokenMethod;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class HadamardMethodTest {
  private static final String RTN = "rtn(bits=4,axis=token,group=0,symmetric=false,rope=pre)";

  private static TensorCodec codec(String spec) {
    return codec(spec, 1);
  }

  private static TensorCodec codec(String spec, long seed) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, seed).codec();
  }

  private static float[] roundTrip(String spec, TensorView view) {
    TensorCodec codec = codec(spec);
    return codec.decode(codec.encode(view), view.shape()).data();
  }

  @Test
  void pipeline() {
    Pipeline pipeline = Methods.STANDARD.pipeline("hadamard|rtn(bits=4)", 1);
    assertEquals("hadamard(signs=false) | " + RTN, pipeline.spec());
    assertEquals("rtn", pipeline.method());
    assertEquals("hadamard-1|rtn-2", pipeline.version());
    assertEquals(Fidelity.VARIANT, pipeline.fidelity());
    assertEquals(Optional.empty(), pipeline.selector());
  }

  @Test
  void gridsExpandOnBothSides() {
    List<MethodSpec> specs =
        Methods.STANDARD.expand("hadamard(signs=[false,true]) | rtn(bits=[2,4])");
    assertEquals(4, specs.size());
    assertEquals(
        "hadamard(signs=true) | rtn(bits=2,axis=token,group=0,symmetric=false,rope=pre)",
        specs.get(2).toString());
  }

  /** Rotation by hand, coding, rotation back: the same floats. */
  @Test
  void isTheCodecInAnotherBasis(Random random) {
    TensorShape shape = new TensorShape(50, 2, 32);
    TensorView view = Tensors.keys(Tensors.gaussian(random, shape.values(), 1), 50, 2, 32);
    HadamardTransform transform = new HadamardTransform(false, 1);
    TensorView rotated = Tensors.keys(transform.apply(view.tensor().data(), shape), 50, 2, 32);
    float[] expected = transform.invert(roundTrip("rtn(bits=4)", rotated), shape);
    assertArrayEquals(expected, roundTrip("hadamard | rtn(bits=4)", view));
  }

  /** Blocks of 16 in heads of 48; five additions and a scaling per value and direction. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rotationKeepsLengthsAndInverts(boolean signs, Random random) {
    TensorShape shape = new TensorShape(7, 3, 48);
    float[] x = Tensors.gaussian(random, shape.values(), 2);
    HadamardTransform transform = new HadamardTransform(signs, 5);
    float[] original = x.clone();
    float[] y = transform.apply(x, shape);
    assertArrayEquals(original, x);
    assertFalse(Arrays.equals(x, y));
    for (int at = 0; at < x.length; at += 16) {
      double before = 0;
      double after = 0;
      for (int i = at; i < at + 16; i++) {
        before += (double) x[i] * x[i];
        after += (double) y[i] * y[i];
      }
      assertEquals(before, after, 12 * 0x1p-24 * before);
    }
    assertArrayEquals(x, transform.invert(y, shape), (float) (12 * 0x1p-24 * 2 * 5 * 4));
  }

  @Test
  void secondStageOfRotaryEmbedding(Random random) {
    float[] data = Tensors.gaussian(random, 40 * 2 * 32, 1);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.PRE, DType.F32, data, 40, 2, 32);
    for (RopeStage stage : new RopeStage[] {RopeStage.PRE, RopeStage.POST}) {
      String spec = "hadamard | rtn(bits=8,rope=" + stage.label() + ")";
      assertEquals(stage, codec(spec).rope());
      assertTrue(Tensors.nmse(view.data(stage), roundTrip(spec, view)) < 1e-4);
    }
    assertTrue(Tensors.nmse(data, roundTrip("hadamard | none", view)) < 1e-12);
  }

  /** Four outlier channels of 100 spread over the head: a range 10 times smaller at least. */
  @Test
  void outlierChannelsAreSpread(Random random) {
    float[] x = Tensors.gaussian(random, 200 * 64, 1);
    for (int i = 0; i < x.length; i++) {
      if (i % 64 == 9) {
        x[i] += 100;
      }
    }
    TensorView view = Tensors.keys(x, 200, 1, 64);
    double plain = Tensors.nmse(x, roundTrip("rtn(bits=4)", view));
    double rotated = Tensors.nmse(x, roundTrip("hadamard | rtn(bits=4)", view));
    System.out.printf("one outlier channel: rtn %.6f, hadamard | rtn %.6f%n", plain, rotated);
    assertTrue(rotated < plain / 4, rotated + " against " + plain);
  }

  @Test
  void tokensKeptWholeStayWhole(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 70 * 32, 1), 70, 1, 32);
    TensorCodec codec = codec("hadamard | kivi(bits=2,group=32,residual=32)");
    Reconstruction back = codec.decode(codec.encode(view), view.shape());
    assertEquals(6, back.exactSuffix());
    float[] exact = view.tensor().data();
    for (int i = 64 * 32; i < exact.length; i++) {
      assertEquals(exact[i], back.data()[i], 12 * 0x1p-24 * 20);
    }
  }

  @Test
  void bytesAreThoseOfTheCodec(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 70 * 64, 1), 70, 2, 32);
    TensorCodec plain = codec("rtn(bits=3)");
    TensorCodec rotated = codec("hadamard | rtn(bits=3)");
    byte[] block = rotated.encode(view);
    assertEquals(plain.encode(view).length, block.length);
    assertEquals(
        plain.projectedBytes(view, plain.encode(view), 4096),
        rotated.projectedBytes(view, block, 4096));
    assertEquals(3, rotated.nominalBits(block));
  }

  /** Else a block would decode to rotated keys without a word. */
  @Test
  void blocksAreBoundToTheTransform(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 70 * 64, 1), 70, 2, 32);
    byte[] block = codec("hadamard(signs=true) | rtn(bits=4)", 1).encode(view);
    for (TensorCodec other :
        List.of(
            codec("rtn(bits=4)"),
            codec("hadamard | rtn(bits=4)"),
            codec("hadamard(signs=true) | rtn(bits=4)", 2))) {
      MalformedBlockException e =
          assertThrows(MalformedBlockException.class, () -> other.decode(block, view.shape()));
      assertEquals(12, e.offset());
    }
  }

  @Test
  void oddHeadsAreRefused(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 70, 1), 5, 2, 7);
    UnencodableException e =
        assertThrows(
            UnencodableException.class, () -> codec("hadamard | rtn(bits=4)").encode(view));
    assertEquals(
        "an odd head dimension, 7, has no Hadamard transform: code it without", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '"',
      value = {
        "hadamard # 1 # 'hadamard' transforms and codes nothing: add '| rtn(bits=4)' or another codec",
        "rtn(bits=4) | hadamard # 1 # 'rtn' cannot stand left of a '|'; only a selector and transforms can",
        "hadamard | first | rtn(bits=4) # 12 # 'first' selects tokens: one selector can stand, first of all stages",
        "first | first | rtn(bits=4) # 9 # 'first' selects tokens: one selector can stand, first of all stages",
        "first | hadamard # 9 # 'hadamard' transforms and codes nothing: add '| rtn(bits=4)' or another codec",
        "hadamard | together # 12 # 'together' codes all layers together: no transform can stand left of it",
        "hadamard(bits=2) | rtn(bits=4) # 10 # unknown parameter 'bits' of hadamard: expected one of signs"
      })
  void misplacedStages(String spec, int column, String problem) {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> registry().pipeline(spec, 1));
    assertEquals(
        "invalid method '%s', column %d: %s".formatted(spec, column, problem), e.getMessage());
  }

  @Test
  void selectorsStandLeftOfTransforms() {
    Pipeline pipeline = registry().pipeline("first | hadamard | hadamard | rtn(bits=4)", 1);
    assertEquals("first | hadamard(signs=false) | hadamard(signs=false) | " + RTN, pipeline.spec());
    assertTrue(pipeline.selector().isPresent());
    assertEquals("first-3|hadamard-1|hadamard-1|rtn-2", pipeline.version());
  }

  /** What is kept is coded as it would be without a selector. */
  @Test
  void selectorsDoNotChangeBlocks(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 70 * 64, 1), 70, 2, 32);
    TensorCodec behind =
        (TensorCodec) registry().pipeline("first | hadamard | rtn(bits=4)", 1).codec();
    assertArrayEquals(codec("hadamard | rtn(bits=4)").encode(view), behind.encode(view));
  }

  private static MethodRegistry registry() {
    return new MethodRegistry(
        List.of(new RtnMethod(), new HadamardMethod(), new FirstTokenMethod(), new Together()));
  }

  /** A selector that keeps the first token. */
  /** A method of all layers. */
  private static final class Together implements Method.OfCache {
    @Override
    public String name() {
      return "together";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public String summary() {
      return "of a test";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public Fidelity fidelity(Arguments arguments) {
      return Fidelity.PAPER;
    }

    @Override
    public CacheCodec create(String stage, Arguments arguments, long seed) {
      throw new AssertionError("not to be made");
    }
  }
}
