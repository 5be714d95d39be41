package io.kvsweep.udfs.method.higgs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.Pipeline;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class HiggsMethodTest {
  private static TensorCodec codec(String spec, long seed) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, seed).codec();
  }

  private static TensorView gaussian(Random random, int tokens, int heads, int headDim) {
    return Tensors.keys(
        Tensors.gaussian(random, tokens * heads * headDim, 1), tokens, heads, headDim);
  }

  @Test
  void canonicalFormAndFidelity() {
    Pipeline pipeline = Methods.STANDARD.pipeline("higgs(bits=2)", 1);
    assertEquals("higgs(bits=2,dim=2,group=auto,signs=false,rope=pre)", pipeline.spec());
    assertEquals("higgs", pipeline.method());
    assertEquals(Fidelity.PAPER, pipeline.fidelity());
    assertEquals(
        Fidelity.PAPER, Methods.STANDARD.pipeline("higgs(bits=2,group=1024)", 1).fidelity());
    for (String variant : List.of("signs=true", "group=2", "group=512", "rope=post")) {
      assertEquals(
          Fidelity.VARIANT,
          Methods.STANDARD.pipeline("higgs(bits=2," + variant + ")", 1).fidelity(),
          variant);
    }
  }

  /** Bits per value as published for these models, but for our header. */
  @ParameterizedTest
  @CsvSource({
    "2, 2, 8, 128, 2.015625", "3, 2, 8, 128, 3.015625", "4, 2, 8, 128, 4.015625",
    "2, 2, 4, 128, 2.03125", "3, 2, 4, 128, 3.03125", "2, 2, 2, 128, 2.0625",
    "2, 4, 8, 128, 2.015625", "2, 2, 16, 128, 2.015625", "2, 2, 3, 80, 3"
  })
  void bitsPerValue(int bits, int dim, int heads, int headDim, double expected, Random random) {
    TensorCodec codec = codec("higgs(bits=" + bits + ",dim=" + dim + ")", 1);
    TensorView view = gaussian(random, 10, heads, headDim);
    byte[] block = codec.encode(view);
    double content = 8.0 * (block.length - EncodedBlock.HEADER_BYTES);
    assertEquals(expected, content / view.shape().values());
    assertEquals(bits, codec.nominalBits(block));
    assertEquals(block.length, codec.projectedBytes(view, block, 10));
    long at100 = codec.projectedBytes(view, block, 100);
    assertEquals(EncodedBlock.HEADER_BYTES + 10L * (block.length - 48), at100);
  }

  @Test
  void groupThatWouldBePaddedIsRefused(Random random) {
    UnencodableException e =
        assertThrows(
            UnencodableException.class,
            () -> codec("higgs(bits=2,group=1024)", 1).encode(gaussian(random, 3, 4, 128)));
    assertEquals(
        "group=1024 does not divide 512 channels, and padding would be stored: use group=auto, here 512",
        e.getMessage());
  }

  @Test
  void channelsWithoutAGroupAreRefused(Random random) {
    UnencodableException e =
        assertThrows(
            UnencodableException.class,
            () -> codec("higgs(bits=2,dim=4)", 1).encode(gaussian(random, 3, 2, 5)));
    assertEquals(
        "10 channels have no group of 4 or more: the largest power of two that divides them is 2",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "higgs; 1; higgs: needs bits=2 to 4",
        "higgs(bits=5); 7; invalid bits=5: expected 2 to 4",
        "higgs(bits=3,dim=4); 1; higgs: dim=4 has a grid for bits=2 only: use dim=2 for bits=3",
        "higgs(bits=2,group=48); 14; invalid group=48: expected auto or a power of two from 2 to 1024",
        "higgs(bits=2,group=2048); 14; invalid group=2048: expected auto or a power of two from 2 to 1024",
        "higgs(bits=2,dim=4,group=2); 1; higgs: group=2 is smaller than dim=4"
      })
  void invalidSpecs(String spec, int column, String problem) {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> Methods.STANDARD.pipeline(spec, 1));
    assertEquals(
        "invalid method '%s', column %d: %s".formatted(spec, column, problem), e.getMessage());
  }

  /** Keys rotated by the capture come back in the codec's stage. */
  @Test
  void worksInItsRotaryStage(Random random) {
    float[] data = Tensors.gaussian(random, 64 * 2 * 32, 1);
    TensorView view = Tensors.view(TensorKind.KEY, RopeStage.POST, DType.F32, data, 64, 2, 32);
    for (RopeStage stage : new RopeStage[] {RopeStage.PRE, RopeStage.POST}) {
      TensorCodec codec = codec("higgs(bits=4,rope=" + stage.label() + ")", 1);
      float[] back = codec.decode(codec.encode(view), view.shape()).data();
      assertTrue(Tensors.nmse(view.data(stage), back) < 0.01);
    }
  }

  @Test
  void blocksAreBoundToTheSeedOfTheirSigns(Random random) {
    TensorView view = gaussian(random, 8, 2, 32);
    byte[] signed = codec("higgs(bits=2,signs=true)", 1).encode(view);
    TensorCodec other = codec("higgs(bits=2,signs=true)", 2);
    MalformedBlockException e =
        assertThrows(MalformedBlockException.class, () -> other.decode(signed, view.shape()));
    assertEquals(12, e.offset());
    assertTrue(
        e.getMessage().endsWith("'higgs(bits=2,dim=2,group=auto,signs=true,rope=pre)#2'"),
        e.getMessage());

    byte[] unsigned = codec("higgs(bits=2)", 1).encode(view);
    assertArrayEquals(unsigned, codec("higgs(bits=2)", 2).encode(view));
  }
}
