package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class DistortionTest {
  private static final double RELATIVE = 1e-12;

  private static void near(double expected, double actual) {
    assertEquals(expected, actual, RELATIVE * Math.abs(expected));
  }

  /** Tokens 3 to 96 of two tensors, everything written out. */
  @ParameterizedTest
  @CsvSource({"1, 2, 5", "2, 3, 4", "2, 1, 1"})
  void agreesWithTheDefinitions(int tensors, int heads, int headDim, Random random) {
    int from = 3;
    int to = 97;
    int channels = heads * headDim;
    float[][] exact = new float[tensors][];
    float[][] other = new float[tensors][];
    Distortion distortion =
        new Distortion(tensors, heads, headDim, (long) tensors * heads * (to - from));
    for (int n = 0; n < tensors; n++) {
      exact[n] = Tensors.gaussian(random, 100 * channels, 2);
      other[n] = Tensors.gaussian(random, 100 * channels, 2);
      for (int i = 0; i < exact[n].length; i++) {
        exact[n][i] += 1 + i % channels;
        other[n][i] = exact[n][i] + 0.1f * other[n][i];
      }
      distortion.add(n, exact[n], other[n], from, to);
    }
    double error = 0;
    double energy = 0;
    double centred = 0;
    double largest = 0;
    double[] headError = new double[heads];
    double[] headEnergy = new double[heads];
    double[] cosines = new double[tensors * heads * (to - from)];
    int at = 0;
    for (int n = 0; n < tensors; n++) {
      for (int c = 0; c < channels; c++) {
        double mean = 0;
        for (int t = from; t < to; t++) {
          mean += exact[n][t * channels + c] / (double) (to - from);
        }
        for (int t = from; t < to; t++) {
          double x = exact[n][t * channels + c];
          double e = other[n][t * channels + c] - x;
          error += e * e;
          energy += x * x;
          centred += (x - mean) * (x - mean);
          headError[c / headDim] += e * e;
          headEnergy[c / headDim] += x * x;
          largest = Math.max(largest, Math.abs(e));
        }
      }
      for (int t = from; t < to; t++) {
        for (int h = 0; h < heads; h++) {
          double dot = 0;
          double a = 0;
          double b = 0;
          for (int i = 0; i < headDim; i++) {
            double x = exact[n][t * channels + h * headDim + i];
            double y = other[n][t * channels + h * headDim + i];
            dot += x * y;
            a += x * x;
            b += y * y;
          }
          cosines[at++] = dot / Math.sqrt(a) / Math.sqrt(b);
        }
      }
    }
    Arrays.sort(cosines);
    Distortion.Result result = distortion.result();
    near(error / energy, result.nmse());
    assertEquals(error / centred, result.nmseCentred(), 1e-10 * error / centred); // a difference
    near(-10 * Math.log10(error / energy), result.sqnrDb());
    near(Arrays.stream(cosines).average().orElseThrow(), result.cosineMean());
    double rank = 0.01 * (cosines.length - 1);
    int low = (int) rank;
    near(cosines[low] + (rank - low) * (cosines[low + 1] - cosines[low]), result.cosineP01());
    near(largest, result.maxAbsError());
    near(energy, result.energy());
    for (int h = 0; h < heads; h++) {
      near(headError[h] / headEnergy[h], result.headNmse()[h]);
    }
  }

  @Test
  void runsCutAnywhereGiveTheSameBits(Random random) {
    float[] exact = Tensors.gaussian(random, 500 * 6, 1);
    float[] other = Tensors.gaussian(random, 500 * 6, 1);
    Distortion whole = new Distortion(1, 2, 3, 1000);
    whole.add(0, exact, other, 0, 500);
    Distortion cut = new Distortion(1, 2, 3, 1000);
    cut.add(0, exact, other, 0, 1);
    cut.add(0, exact, other, 1, 129);
    cut.add(0, exact, other, 129, 129);
    cut.add(0, exact, other, 129, 500);
    Distortion.Result a = whole.result();
    Distortion.Result b = cut.result();
    assertEquals(a.nmse(), b.nmse());
    assertEquals(a.nmseCentred(), b.nmseCentred());
    assertEquals(a.cosineMean(), b.cosineMean());
    assertEquals(a.cosineP01(), b.cosineP01());
    assertArrayEquals(a.headNmse(), b.headNmse());
  }

  @Test
  void exactAndZeroTensorsHaveTheirValues() {
    float[] x = {1, 2, 3, 4};
    Distortion same = new Distortion(1, 1, 2, 2);
    same.add(0, x, x.clone(), 0, 2);
    assertEquals(0, same.result().nmse());
    assertEquals(0, same.result().nmseCentred());
    assertEquals(Double.POSITIVE_INFINITY, same.result().sqnrDb());
    assertEquals(0, same.result().maxAbsError());
    assertEquals(1, same.result().cosineMean(), 1e-15);
    Distortion zero = new Distortion(1, 1, 2, 2);
    zero.add(0, new float[4], new float[4], 0, 2);
    assertEquals(0, zero.result().nmse());
    assertEquals(1, zero.result().cosineMean());
    Distortion lost = new Distortion(1, 1, 2, 2);
    lost.add(0, x, new float[4], 0, 2);
    assertEquals(1, lost.result().nmse());
    assertEquals(0, lost.result().cosineMean());
    Distortion nothing = new Distortion(1, 1, 2, 0);
    assertEquals(0, nothing.result().nmse());
    assertEquals(1, nothing.result().cosineP01());
  }

  @Test
  void aHeadOfZerosHasNoRelativeError() {
    Distortion distortion = new Distortion(1, 2, 2, 2);
    float[] exact = {0, 0, 3, 4};
    distortion.add(0, exact, new float[] {0, 1, 3, 4}, 0, 1);
    assertEquals(1 / 25.0, distortion.result().nmse());
    assertArrayEquals(new double[] {Double.NaN, 0}, distortion.result().headNmse());
    Distortion same = new Distortion(1, 2, 2, 2);
    same.add(0, exact, exact.clone(), 0, 1);
    assertArrayEquals(new double[2], same.result().headNmse());
  }

  @Test
  void scalingBothSidesChangesNoRatio(Random random) {
    float[] exact = Tensors.gaussian(random, 40, 1);
    float[] other = Tensors.gaussian(random, 40, 1);
    Distortion one = new Distortion(1, 2, 4, 10);
    one.add(0, exact, other, 0, 5);
    for (int i = 0; i < 40; i++) {
      exact[i] *= 8;
      other[i] *= 8;
    }
    Distortion eight = new Distortion(1, 2, 4, 10);
    eight.add(0, exact, other, 0, 5);
    assertEquals(one.result().nmse(), eight.result().nmse());
    assertEquals(one.result().cosineP01(), eight.result().cosineP01());
    assertEquals(8 * one.result().maxAbsError(), eight.result().maxAbsError());
  }
}
