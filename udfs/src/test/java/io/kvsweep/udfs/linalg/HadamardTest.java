package io.kvsweep.udfs.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class HadamardTest {
  @DisplayName("2.10.1 [1, 2, 3, 4] -> [10, -2, -4, 0]")
  @Test
  void knownTransform() {
    float[] x = {9, 1, 2, 3, 4, 9};
    Hadamard.transform(x, 1, 4);
    assertArrayEquals(new float[] {9, 10, -2, -4, 0, 9}, x);
  }

  /** Entries of the matrix are (-1)^(ones of i and j). */
  @Test
  void isTheSylvesterMatrix(Random random) {
    int n = 16;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextInt(201) - 100; // integers: sums are exact
    }
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        expected[i] += (Integer.bitCount(i & j) % 2 == 0 ? 1 : -1) * x[j];
      }
    }
    Hadamard.transform(x, 0, n);
    assertArrayEquals(expected, x);
  }

  @DisplayName("2.10.1 Had(Had(x)) = G x")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 1024})
  void twiceIsTimesItsLength(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextInt(2001) - 1000;
    }
    float[] y = x.clone();
    Hadamard.transform(y, 0, n);
    Hadamard.transform(y, 0, n);
    for (int i = 0; i < n; i++) {
      assertEquals(n * x[i], y[i]);
    }
  }

  /** Each of log2 n additions adds at most half an ulp, 2^-24, to the relative error. */
  @Test
  void keepsScalarProducts(Random random) {
    int n = 256;
    float[] a = Tensors.gaussian(random, n, 1);
    float[] b = Tensors.gaussian(random, n, 1);
    double before = dot(a, b);
    double scale = Math.sqrt(dot(a, a) * dot(b, b));
    Hadamard.transform(a, 0, n);
    Hadamard.transform(b, 0, n);
    assertEquals(before, dot(a, b) / n, 2 * 8 * 0x1p-24 * scale);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 12, 1000})
  void otherLengthsAreRefused(int n) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Hadamard.transform(new float[n], 0, n));
    assertEquals(
        "a Hadamard transform of " + n + " values: expected a power of two", e.getMessage());
  }

  @Test
  void largestBlock() {
    assertEquals(16, Hadamard.largestBlock(80));
    assertEquals(1, Hadamard.largestBlock(7));
    assertEquals(128, Hadamard.largestBlock(128));
  }

  /** The values are part of the format: a seed means the same signs in every version. */
  @Test
  void signsOfASeed() {
    assertArrayEquals(new float[] {1, 1, 1, -1, -1, -1, 1, 1}, Hadamard.signs(7, 8));
    assertArrayEquals(Hadamard.signs(7, 8), Arrays.copyOf(Hadamard.signs(7, 1024), 8));
    double sum = 0;
    for (float sign : Hadamard.signs(7, 1024)) {
      assertEquals(1, Math.abs(sign));
      sum += sign;
    }
    assertEquals(0, sum, 4 * Math.sqrt(1024));
  }
}
