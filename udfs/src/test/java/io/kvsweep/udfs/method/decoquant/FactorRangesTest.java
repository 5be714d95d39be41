package io.kvsweep.udfs.method.decoquant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.FactorRanges;
import io.kvsweep.udfs.codec.RangeEvidence;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seeds.class)
class FactorRangesTest {
  private static FactorRanges ranges(String spec, TensorView view) {
    return codec(spec).ranges(view).orElseThrow();
  }

  private static TensorCodec codec(String spec) {
    String canonical = Methods.STANDARD.expand(spec).get(0).key();
    return (TensorCodec) Methods.STANDARD.pipeline(canonical, /* seed= */ 1).codec();
  }

  @Test
  void smallExample() {
    RangeEvidence evidence = RangeEvidence.of(new float[] {4, -2, 0, 1, 2});
    assertEquals(5, evidence.entries());
    assertEquals(2, evidence.iqr()); // 2 - 0
    assertEquals(4, evidence.absmax());
    assertEquals(Math.sqrt(5), evidence.rms());
    assertEquals(4 / Math.sqrt(5), evidence.absmaxOverRms(), 1e-15);
    // Deviations from 1: 9, 9, 1, 0, 1 squared, of which squares sum up to 164.
    assertEquals(164.0 * 5 / 400, evidence.kurtosis(), 1e-15);
  }

  @Test
  void quartilesBetweenValues() {
    // Sorted 1, 3, 3, 10; ranks 0.75 and 2.25: 1 + 0.75 * 2 and 3 + 0.25 * 7.
    assertEquals(4.75 - 2.5, RangeEvidence.of(new float[] {10, 1, 3, 3}).iqr(), 1e-15);
  }

  /** Quartiles of a Gaussian lie at 0.6745; 2^18 samples give them to half a percent. */
  @Test
  void gaussian(Random random) {
    float[] x = Tensors.gaussian(random, 1 << 18, 2);
    RangeEvidence evidence = RangeEvidence.of(x);
    assertEquals(2 * 2 * 0.67449, evidence.iqr(), 0.03);
    assertEquals(3, evidence.kurtosis(), 6 * Math.sqrt(24.0 / x.length));
    assertTrue(evidence.absmaxOverRms() > 4 && evidence.absmaxOverRms() < 6.5);
  }

  @Test
  void zerosConstantsAndNothing() {
    assertEquals(new RangeEvidence(0, 0, 0, 0, 0), RangeEvidence.of(new float[0]));
    assertEquals(new RangeEvidence(3, 0, 0, 0, 0), RangeEvidence.of(new float[3]));
    assertEquals(0, RangeEvidence.of(new float[3]).absmaxOverRms());
    assertEquals(new RangeEvidence(1, 0, 3, 3, 0), RangeEvidence.of(new float[] {-3}));
    // A tenth is no binary fraction: its mean over three differs from it by rounding.
    assertEquals(0, RangeEvidence.of(new float[] {0.1f, 0.1f, 0.1f}).kurtosis());
  }

  /** The claim in the small: an outlier channel leaves the large factor and goes to the small. */
  @Test
  void outlierChannelMovesToTheSmallFactor(Random random) {
    float[] x = Tensors.gaussian(random, 500 * 64, 1);
    for (int i = 5; i < x.length; i += 16) {
      x[i] *= 30;
    }
    FactorRanges ranges = ranges("decoquant(bits=4)", Tensors.keys(x, 500, 1, 64));
    assertTrue(ranges.large().absmaxOverRms() < ranges.matrix().absmaxOverRms());
    assertTrue(ranges.large().kurtosis() < ranges.matrix().kurtosis() / 2);
    assertTrue(ranges.large().iqr() < ranges.matrix().iqr());
    assertTrue(ranges.small().kurtosis() > 3);
  }

  /**
   * Two runs of two channels, (3, 0) and (0, 4): orthogonal, so that the singular values are 4 and
   * 3 and the balanced factors have their roots.
   */
  @Test
  void factorsOfADiagonalMatrix() {
    FactorRanges ranges =
        ranges("decoquant(bits=4,inner=2)", Tensors.keys(new float[] {3, 0, 0, 4}, 1, 1, 4));
    assertEquals("a", ranges.variant());
    assertEquals(2, ranges.inner());
    assertEquals(new RangeEvidence(4, 3.25, 4, 2.5, ranges.matrix().kurtosis()), ranges.matrix());
    for (RangeEvidence factor : new RangeEvidence[] {ranges.large(), ranges.small()}) {
      assertEquals(4, factor.entries());
      assertEquals(2, factor.absmax(), 1e-6);
      assertEquals(Math.sqrt(7.0 / 4), factor.rms(), 1e-6); // (4 + 3) over four entries
    }
  }

  @Test
  void bothVariantsInTheirStageAndBlocks(Random random) {
    TensorView view =
        Tensors.view(
            TensorKind.KEY,
            RopeStage.PRE,
            DType.F32,
            Tensors.gaussian(random, 70 * 32, 1),
            70,
            2,
            16);
    FactorRanges a = ranges("decoquant(bits=2,block=32)", view);
    assertEquals(64 * 32, a.matrix().entries());
    assertEquals(64 * 32, a.large().entries());
    assertEquals(2 * 16 * 16, a.small().entries());
    FactorRanges b = ranges("decoquant(bits=2,variant=b)", view);
    assertEquals("b", b.variant());
    assertEquals(null, b.inner());
    assertEquals(32 * 32, b.large().entries());
    assertEquals(32 * 70, b.small().entries());
    // The rotation keeps lengths, not the greatest entry.
    RangeEvidence pre = ranges("decoquant(bits=2,rope=pre)", view).matrix();
    RangeEvidence post = ranges("decoquant(bits=2,rope=post)", view).matrix();
    assertEquals(pre.rms(), post.rms(), 1e-6);
    assertTrue(Math.abs(pre.absmax() - post.absmax()) > 1e-3);
    assertEquals(RangeEvidence.of(view.data(RopeStage.POST)), post);
  }

  @Test
  void widthsShareOneEvidence(Random random) {
    TensorView view = Tensors.keys(Tensors.gaussian(random, 20 * 32, 1), 20, 1, 32);
    assertSame(ranges("decoquant(bits=2)", view), ranges("decoquant(bits=8)", view));
  }

  @Test
  void nothingCodedHasNoEntries() {
    FactorRanges ranges =
        ranges("decoquant(bits=4,block=30)", Tensors.keys(new float[3 * 16], 3, 1, 16));
    assertEquals(new RangeEvidence(0, 0, 0, 0, 0), ranges.matrix());
    assertEquals(ranges.matrix(), ranges.large());
    assertTrue(codec("rtn(bits=4)").ranges(Tensors.keys(new float[4], 1, 1, 4)).isEmpty());
  }
}
