package io.kvsweep.udfs.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class BalancedFactorsTest {
  private static double[] rebuilt(BalancedFactors factors, float[] matrix, int rows) {
    int columns = factors.columns();
    double[] out = new double[rows * columns];
    MatrixProduct.add(factors.left(matrix, 0, rows), factors.right(), out, rows, columns, columns);
    return out;
  }

  private static double relativeError(float[] exact, double[] other) {
    double error = 0;
    double energy = 0;
    for (int i = 0; i < exact.length; i++) {
      error += (exact[i] - other[i]) * (exact[i] - other[i]);
      energy += (double) exact[i] * exact[i];
    }
    return Math.sqrt(error / energy);
  }

  @DisplayName("3.10.1 lossless at full precision")
  @ParameterizedTest
  @CsvSource({"1, 16", "7, 16", "16, 16", "2000, 16", "64, 2", "700, 100", "3, 100"})
  void productIsTheMatrix(int rows, int columns, Random random) {
    float[] matrix = Tensors.gaussian(random, rows * columns, 3);
    BalancedFactors factors = BalancedFactors.of(matrix, rows, columns);
    assertTrue(relativeError(matrix, rebuilt(factors, matrix, rows)) < 1e-10);
  }

  /** Latent columns fall by 14 orders of magnitude, so the Gram matrix loses the last ones. */
  @DisplayName("3.10.1 also where the Gram matrix is too coarse")
  @Test
  void productIsTheMatrixWhereTheGramMatrixIsTooCoarse(Random random) {
    int rows = 500;
    int columns = 16;
    float[] matrix = new float[rows * columns];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = (float) (Math.pow(10, -0.9 * (i % columns)) * random.nextGaussian());
    }
    BalancedFactors factors = BalancedFactors.of(matrix, rows, columns);
    assertTrue(relativeError(matrix, rebuilt(factors, matrix, rows)) < 1e-10);
  }

  @DisplayName("3.10.2 balance; singular values of M")
  @Test
  void factorsAreBalanced(Random random) {
    int rows = 400;
    int n = 16;
    float[] matrix = Tensors.gaussian(random, rows * n, 1);
    for (int r = 0; r < rows; r++) {
      matrix[r * n + 3] += 20; // an outlier channel
    }
    BalancedFactors factors = BalancedFactors.of(matrix, rows, n);
    double[] left = factors.left(matrix, 0, rows);
    double[] sigma = factors.singular();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double inLeft = 0;
        for (int r = 0; r < rows; r++) {
          inLeft += left[r * n + i] * left[r * n + j];
        }
        double inRight = 0;
        for (int c = 0; c < n; c++) {
          inRight += factors.right()[i * n + c] * factors.right()[j * n + c];
        }
        double expected = i == j ? sigma[i] : 0;
        assertEquals(expected, inLeft, 1e-9 * sigma[0], i + "," + j);
        assertEquals(expected, inRight, 1e-9 * sigma[0], i + "," + j);
      }
    }
    assertArrayEquals(singularValues(matrix, rows, n), sigma, 1e-9 * sigma[0]);
  }

  private static double[] singularValues(float[] matrix, int rows, int columns) {
    DMatrixRMaj m = new DMatrixRMaj(rows, columns);
    for (int i = 0; i < matrix.length; i++) {
      m.data[i] = matrix[i];
    }
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(rows, columns, false, false, true);
    assertTrue(svd.decompose(m));
    return SingularOps_DDRM.singularValues(m);
  }

  @DisplayName("3.10.1 matrices of low rank give no NaN")
  @Test
  void matricesOfLowRank() {
    int rows = 40;
    int n = 16;
    float[] constant = new float[rows * n];
    java.util.Arrays.fill(constant, 2.5f);
    BalancedFactors one = BalancedFactors.of(constant, rows, n);
    assertEquals(2.5 * Math.sqrt(rows * n), one.singular()[0], 1e-10);
    assertTrue(relativeError(constant, rebuilt(one, constant, rows)) < 1e-10);

    float[] zeros = new float[rows * n];
    BalancedFactors none = BalancedFactors.of(zeros, rows, n);
    assertArrayEquals(new double[n], none.singular());
    assertArrayEquals(new double[rows * n], rebuilt(none, zeros, rows));
  }
}
