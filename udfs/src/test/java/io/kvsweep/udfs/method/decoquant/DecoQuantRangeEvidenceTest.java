package io.kvsweep.udfs.method.decoquant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seeds.class)
class DecoQuantRangeEvidenceTest {
  @Test
  void smallExample() {
    RangeEvidence evidence = RangeEvidence.of(new double[] {4, -2, 0, 1, 2});
    assertEquals(2, evidence.interquartileRange()); // 2 - 0
    assertEquals(4 / Math.sqrt(5), evidence.peakToRms(), 1e-15);
    // Deviations from 1: 9, 9, 1, 0, 1 squared, of which squares sum up to 164.
    assertEquals(164.0 * 5 / 400, evidence.kurtosis(), 1e-15);
  }

  /** Quartiles of a Gaussian lie at 0.6745; 2^18 samples give them to half a percent. */
  @Test
  void gaussian(Random random) {
    float[] x = Tensors.gaussian(random, 1 << 18, 2);
    RangeEvidence evidence = RangeEvidence.ofFactors(x, 16).matrix();
    assertEquals(2 * 2 * 0.67449, evidence.interquartileRange(), 0.03);
    assertEquals(3, evidence.kurtosis(), 6 * Math.sqrt(24.0 / x.length));
    assertTrue(evidence.peakToRms() > 4 && evidence.peakToRms() < 6.5);
  }

  @Test
  void constantsAndSingleValues() {
    assertEquals(new RangeEvidence(0, 0, 0), RangeEvidence.of(new double[3]));
    assertEquals(new RangeEvidence(0, 1, 0), RangeEvidence.of(new double[] {-3}));
  }

  /** The claim in the small: an outlier channel leaves the large factor and goes to the small. */
  @Test
  void outlierChannelMovesToTheSmallFactor(Random random) {
    float[] x = Tensors.gaussian(random, 500 * 64, 1);
    for (int i = 5; i < x.length; i += 16) {
      x[i] *= 30;
    }
    RangeEvidence.OfFactors evidence = RangeEvidence.ofFactors(x, 16);
    assertTrue(evidence.large().peakToRms() < evidence.matrix().peakToRms());
    assertTrue(evidence.large().kurtosis() < evidence.matrix().kurtosis() / 2);
    assertTrue(evidence.large().interquartileRange() < evidence.matrix().interquartileRange());
    assertTrue(evidence.small().kurtosis() > 3);
  }
}
