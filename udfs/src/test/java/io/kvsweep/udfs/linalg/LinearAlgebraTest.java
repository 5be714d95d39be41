package io.kvsweep.udfs.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class LinearAlgebraTest {
  @ParameterizedTest
  @CsvSource({"1,1,1", "3,4,5", "7,9,1023", "2,5,1024", "3,6,1025", "5,31,2050", "17,1,3"})
  void productAgreesWithDotProducts(int rows, int inner, int columns, Random random) {
    float[] a = Tensors.gaussian(random, rows * inner, 1);
    float[] b = Tensors.gaussian(random, inner * columns, 1);
    float[] out = Tensors.gaussian(random, rows * columns, 1);
    float[] before = out.clone();
    MatrixProduct.add(a, b, out, rows, inner, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        double sum = before[r * columns + c];
        double magnitude = Math.abs(sum);
        for (int k = 0; k < inner; k++) {
          double product = (double) a[r * inner + k] * b[k * columns + c];
          sum += product;
          magnitude += Math.abs(product);
        }
        // inner + 1 terms, each rounded at most inner + 1 times by 2^-24 of the running sum.
        assertEquals(sum, out[r * columns + c], (inner + 1) * 0x1p-24 * magnitude);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,40", "31,33", "32,64", "65,97", "1001,3"})
  void transposeMovesEveryElement(int rows, int columns, Random random) {
    float[] in = Tensors.gaussian(random, rows * columns, 1);
    float[] out = Transpose.of(in, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        assertEquals(in[r * columns + c], out[c * rows + r]);
      }
    }
    assertArrayEquals(in, Transpose.of(out, columns, rows));
  }

  @ParameterizedTest
  @CsvSource({"1,3", "7,4", "8,4", "9,5", "100,17"})
  void momentsAgreeWithTheDefinition(int tokens, int channels, Random random) {
    int all = channels + 5;
    float[] x = Tensors.gaussian(random, all * tokens, 3);
    Moments moments = Moments.of(x, tokens, tokens, 2, channels);
    for (int i = 0; i < channels; i++) {
      double mean = 0;
      for (int t = 0; t < tokens; t++) {
        mean += x[(2 + i) * tokens + t] / (double) tokens;
      }
      assertEquals(mean, moments.mean()[i], 1e-13);
    }
    for (int i = 0; i < channels; i++) {
      for (int j = 0; j < channels; j++) {
        double sum = 0;
        for (int t = 0; t < tokens; t++) {
          sum +=
              (x[(2 + i) * tokens + t] - moments.mean()[i])
                  * (x[(2 + j) * tokens + t] - moments.mean()[j]);
        }
        // At most 100 terms below 200 in double: 100 * 200 * 100 * 2^-53 = 2e-10.
        assertEquals(sum, moments.gram()[i * channels + j], 1e-9);
        assertEquals(moments.gram()[j * channels + i], moments.gram()[i * channels + j]);
      }
    }
  }

  /** What numpy.linalg.eigh says, descending: the signs are LAPACK's. */
  @Test
  void eigenvectorsHaveTheSignsOfLapack() {
    double[] matrix = {4, 1, -2, 0.5, 1, 3, 0, 1, -2, 0, 5, -1, 0.5, 1, -1, 2};
    SymmetricEigen eigen = SymmetricEigen.of(matrix, 4);
    assertArrayEquals(
        new double[] {6.98934153, 3.6025744, 2.36094543, 1.04713864}, eigen.values(), 1e-8);
    assertArrayEquals(
        new double[] {
          -0.60076043, -0.21301882, 0.72916855, -0.2490444, //
          0.2271796, 0.79393539, 0.50491757, 0.25122554, //
          -0.7174995, 0.23482246, -0.3287404, 0.56743513, //
          -0.26957522, 0.51879475, -0.3245015, -0.743559
        },
        eigen.vectors(),
        1e-8);
  }

  /** Invariant 1 of SVDq in double: an orthonormal basis that loses nothing. */
  @DisplayName("1.11.1 in double: orthonormal, lossless, descending")
  @ParameterizedTest
  @CsvSource({"200,24", "10,24", "1,8", "64,1"})
  void eigenvectorsAreOrthonormalAndLoseNothing(int tokens, int channels, Random random) {
    float[] x = Tensors.gaussian(random, channels * tokens, 1);
    Moments moments = Moments.of(x, tokens, tokens, 0, channels);
    SymmetricEigen eigen = SymmetricEigen.of(moments.gram(), channels);
    double[] v = eigen.vectors();
    for (int i = 0; i < channels; i++) {
      for (int j = 0; j < channels; j++) {
        double dot = 0;
        for (int c = 0; c < channels; c++) {
          dot += v[i * channels + c] * v[j * channels + c];
        }
        assertEquals(i == j ? 1 : 0, dot, 1e-12);
      }
      assertTrue(i == 0 || eigen.values()[i] <= eigen.values()[i - 1], "descending");
      assertTrue(eigen.values()[i] >= 0, "not negative");
    }
    EigenDecomposition_F64<DMatrixRMaj> ejml = DecompositionFactory_DDRM.eig(channels, false, true);
    assertTrue(ejml.decompose(new DMatrixRMaj(channels, channels, true, moments.gram().clone())));
    double[] values =
        IntStream.range(0, channels)
            .mapToDouble(k -> -Math.max(0, ejml.getEigenvalue(k).getReal()))
            .sorted()
            .toArray();
    for (int k = 0; k < channels; k++) {
      // Both are backward stable: off by a few n eps of the largest.
      assertEquals(-values[k], eigen.values()[k], 1e-13 * channels * eigen.values()[0] + 1e-300);
    }
    double[] energy = new double[channels];
    for (int t = 0; t < tokens; t++) {
      double[] back = moments.mean().clone();
      for (int j = 0; j < channels; j++) {
        double latent = 0;
        for (int c = 0; c < channels; c++) {
          latent += (x[c * tokens + t] - moments.mean()[c]) * v[j * channels + c];
        }
        energy[j] += latent * latent;
        for (int c = 0; c < channels; c++) {
          back[c] += latent * v[j * channels + c];
        }
      }
      for (int c = 0; c < channels; c++) {
        assertEquals(x[c * tokens + t], back[c], 1e-10);
      }
    }
    for (int j = 0; j < channels; j++) {
      assertEquals(eigen.values()[j], energy[j], 1e-9 * (1 + eigen.values()[0]));
    }
  }

  /** With V orthogonal, in double: what quantisation and truncation do to latents they do to x. */
  @DisplayName("1.11.2 and 1.11.3 in double: errors of latents are errors of keys, to 1e-9")
  @Test
  void errorsOfLatentsAreErrorsOfTheMatrix(Random random) {
    int tokens = 150;
    int channels = 24;
    float[] x =
        Transpose.of(Tensors.exponentialSpectrum(random, tokens, channels, 0.1), tokens, channels);
    Moments moments = Moments.of(x, tokens, tokens, 0, channels);
    SymmetricEigen eigen = SymmetricEigen.of(moments.gram(), channels);
    double[] v = eigen.vectors();
    for (int kept : new int[] {0, 9, 24}) {
      for (double step : new double[] {0, 0.05, 1}) {
        double latentError = 0;
        double error = 0;
        double dropped = 0;
        for (int t = 0; t < tokens; t++) {
          double[] difference = new double[channels];
          for (int j = 0; j < channels; j++) {
            double latent = 0;
            for (int c = 0; c < channels; c++) {
              latent += (x[c * tokens + t] - moments.mean()[c]) * v[j * channels + c];
            }
            double coded = step == 0 ? latent : step * Math.rint(latent / step);
            double e = (j < kept ? coded : 0) - latent;
            latentError += e * e;
            dropped += j < kept ? 0 : latent * latent;
            for (int c = 0; c < channels; c++) {
              difference[c] += e * v[j * channels + c];
            }
          }
          for (double d : difference) {
            error += d * d;
          }
        }
        double energy = 0; // of the groups that are dropped: E_g
        for (int j = kept; j < channels; j++) {
          energy += eigen.values()[j];
        }
        assertEquals(latentError, error, 1e-9 * latentError);
        assertEquals(energy, dropped, 1e-9 * energy);
        if (step == 0) {
          assertEquals(energy, error, 1e-9 * energy);
        }
      }
    }
  }

  @Test
  void knownEigenvaluesOfTwoByTwo() {
    SymmetricEigen eigen = SymmetricEigen.of(new double[] {2, -1, -1, 2}, 2);
    assertArrayEquals(new double[] {3, 1}, eigen.values(), 1e-14);
    double h = Math.sqrt(0.5);
    assertEquals(h, Math.abs(eigen.vectors()[0]), 1e-14);
    assertEquals(-0.5, eigen.vectors()[0] * eigen.vectors()[1], 1e-14);
    assertEquals(0.5, eigen.vectors()[2] * eigen.vectors()[3], 1e-14);
  }

  /** Keeping r axes leaves exactly the energy of the others, and no other r axes leave less. */
  @Test
  void truncationIsEckartYoung(Random random) {
    int tokens = 300;
    int channels = 20;
    float[] x =
        Transpose.of(Tensors.exponentialSpectrum(random, tokens, channels, 0.15), tokens, channels);
    PrincipalAxes axes = PrincipalAxes.of(x, tokens, tokens, 0, channels);
    double[] error = new double[channels + 1];
    for (int rank = 0; rank <= channels; rank++) {
      float[] back = new float[x.length];
      for (int c = 0; c < channels; c++) {
        for (int t = 0; t < tokens; t++) {
          double sum = axes.mean()[c];
          for (int j = 0; j < rank; j++) {
            sum += (double) axes.axes()[j * channels + c] * axes.latents()[j * tokens + t];
          }
          back[c * tokens + t] = (float) sum;
        }
      }
      error[rank] = Tensors.squaredError(x, back);
    }
    double tail = 0;
    for (int rank = channels; rank >= 0; rank--) {
      // Besides the tail only float rounding is left, 20 terms of 2^-24 of values up to 4: 1e-10 a
      // value; and the rounding of the mean to binary16, which full rank takes back.
      assertEquals(tail, error[rank], 1e-4 * tail + x.length * 1e-10, "rank " + rank);
      tail += rank > 0 ? axes.energies()[rank - 1] : 0;
    }
    for (int c = 0; c < channels; c++) {
      assertEquals(Float16.round(axes.mean()[c]), axes.mean()[c], "mean is a binary16 number");
    }
  }

  @Test
  void axesOfAChannelRangeIgnoreTheOthers(Random random) {
    float[] x = Tensors.gaussian(random, 12 * 40, 1);
    float[] part = Arrays.copyOfRange(x, 4 * 40, 10 * 40);
    PrincipalAxes inside = PrincipalAxes.of(x, 40, 40, 4, 6);
    PrincipalAxes alone = PrincipalAxes.of(part, 40, 40, 0, 6);
    assertArrayEquals(alone.axes(), inside.axes());
    assertArrayEquals(alone.latents(), inside.latents());
    assertArrayEquals(alone.mean(), inside.mean());
  }

  /** Runs in other places give the same covariance, also where a mean is all one sees. */
  @Test
  void runsOfTokensAddUpToTheWhole(Random random) {
    int channels = 12;
    int tokens = 103;
    float[] x = Tensors.gaussian(random, channels * tokens, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] += 4096; // exact to 2^-11 in float32, so that the spread is what it was
    }
    ChannelSums whole = new ChannelSums(channels);
    whole.add(x, tokens, 0);
    double[] expected = PrincipalAxes.of(x, tokens, tokens, 0, channels).energies();
    assertArrayEquals(expected, whole.energies());
    ChannelSums runs = new ChannelSums(channels);
    for (int from = 0; from < tokens; from += 20) {
      int n = Math.min(20, tokens - from);
      float[] run = new float[channels * n];
      for (int c = 0; c < channels; c++) {
        System.arraycopy(x, c * tokens + from, run, c * n, n);
      }
      runs.add(run, n, 0);
    }
    // Means of some 4,096 are off by 2^-41; what matters is the square of that, and sums of 103.
    assertArrayEquals(expected, runs.energies(), 1e-10 * expected[0]);
  }
}
