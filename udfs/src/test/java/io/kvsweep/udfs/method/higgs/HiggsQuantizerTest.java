package io.kvsweep.udfs.method.higgs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.linalg.Hadamard;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class HiggsQuantizerTest {
  private record Coded(byte[] codes, byte[] norms) {
    float norm(int group) {
      HalfReader reader = new HalfReader(norms, 0, norms.length);
      float norm = reader.read();
      for (int i = 0; i < group; i++) {
        norm = reader.read();
      }
      return norm;
    }
  }

  private static Coded encode(HiggsQuantizer quantizer, float[] x, int group) {
    BitWriter codes = new BitWriter(0);
    HalfWriter norms = new HalfWriter(0);
    quantizer.encodeRuns(x, 0, 1, x.length, group, codes, norms);
    assertEquals(x.length * quantizer.bits() / 8, codes.toByteArray().length);
    assertEquals(quantizer.parameterBytes(1, x.length, group), norms.toByteArray().length);
    return new Coded(codes.toByteArray(), norms.toByteArray());
  }

  private static float[] decode(HiggsQuantizer quantizer, Coded coded, int count, int group) {
    float[] out = new float[count];
    BitReader codes = new BitReader(coded.codes(), 0, coded.codes().length);
    quantizer.decodeRuns(
        codes, new HalfReader(coded.norms(), 0, coded.norms().length), out, 0, 1, count, group);
    codes.finish();
    return out;
  }

  private static float[] roundTrip(HiggsQuantizer quantizer, float[] x, int group) {
    return decode(quantizer, encode(quantizer, x, group), x.length, group);
  }

  private static HiggsQuantizer unsigned(int dim, int size) {
    return HiggsQuantizer.unsigned(HiggsGrid.of(dim, size));
  }

  /** Norm sqrt(30); coefficients 10, -2, -4, 0 over it, of mean square 1. */
  @DisplayName("2.10.1 norm sqrt(30), coefficients of mean square 1")
  @Test
  void knownGroup() {
    HiggsGrid grid = HiggsGrid.of(2, 256);
    HiggsQuantizer quantizer = HiggsQuantizer.unsigned(grid);
    Coded coded = encode(quantizer, new float[] {1, 2, 3, 4}, 4);
    float norm = coded.norm(0);
    assertEquals(Float16.round(5.477226f), norm);
    float[] y = {1.825742f, -0.365148f, -0.730297f, 0};
    assertEquals(4, (double) y[0] * y[0] + y[1] * y[1] + y[2] * y[2], 1e-5);
    int[] codes = new int[2];
    new BitReader(coded.codes(), 0, 2).read(codes, 0, 2, 8);
    assertArrayEquals(new int[] {grid.nearest(y, 0), grid.nearest(y, 2)}, codes);

    float[] expected = new float[4];
    for (int i = 0; i < 4; i++) {
      expected[i] = norm / 4 * grid.coordinate(codes[i / 2], i % 2);
    }
    Hadamard.transform(expected, 0, 4);
    assertArrayEquals(expected, decode(quantizer, coded, 4, 4));
  }

  /**
   * Of Gaussian rows the error is the grid's: the norm of 1,024 values is known to 16 bits and
   * their mean square varies by 4 %, which changes the error by the square of that.
   */
  @DisplayName("2.10.2 the grid's error on Gaussian rows")
  @ParameterizedTest
  @CsvSource({"2, 16, 0.1077", "2, 64, 0.02965", "2, 256, 0.00778", "4, 256, 0.09652"})
  void errorOnGaussianRowsIsThatOfTheGrid(int dim, int size, double nmse, Random random) {
    HiggsQuantizer quantizer = unsigned(dim, size);
    float[] x = Tensors.gaussian(random, 1 << 19, 1);
    assertEquals(nmse, Tensors.nmse(x, roundTrip(quantizer, x, 1024)), 0.03 * nmse);
  }

  /** Whatever the rows were: coefficients are sums of many channels, hence nearly Gaussian. */
  @Test
  void errorIsTheSameForUnevenChannels(Random random) {
    float[] x = Tensors.gaussian(random, 1 << 19, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] *= (float) Math.exp(-(i % 1024) / 300.0);
    }
    assertEquals(0.1077, Tensors.nmse(x, roundTrip(unsigned(2, 16), x, 1024)), 0.03 * 0.1077);
  }

  /** A reference gives 0.1055 for groups of 64. */
  @DisplayName("2.10.2 0.1055 for groups of 64")
  @Test
  void smallGroupsAreSlightlyBetterOnGaussianRows(Random random) {
    float[] x = Tensors.gaussian(random, 1 << 19, 1);
    assertEquals(0.1055, Tensors.nmse(x, roundTrip(unsigned(2, 16), x, 64)), 0.02 * 0.1055);
  }

  /**
   * Points of a grid are the means of their cells, so the error is uncorrelated with the
   * reconstruction. 2^19 products of size 0.1 average out to 3e-4 at two standard deviations; the
   * spread of the norms adds the square of 4 %.
   */
  @DisplayName("2.10.2 centroids")
  @Test
  void reconstructionsAreCentroids(Random random) {
    float[] x = Tensors.gaussian(random, 1 << 19, 1);
    float[] back = roundTrip(unsigned(2, 16), x, 1024);
    double energy = 0;
    double decoded = 0;
    double product = 0;
    for (int i = 0; i < x.length; i++) {
      energy += (double) x[i] * x[i];
      decoded += (double) back[i] * back[i];
      product += (double) back[i] * (x[i] - back[i]);
    }
    assertEquals(0, product / energy, 0.003);
    double nmse = Tensors.nmse(x, back);
    assertEquals(1 - nmse, decoded / energy, 2 * 0.003);
  }

  @DisplayName("2.10.2 equivariant to scale")
  @ParameterizedTest
  @ValueSource(floats = {0.25f, 8f, 1024f})
  void scaleMovesIntoTheNorm(float factor, Random random) {
    HiggsQuantizer quantizer = unsigned(2, 64);
    float[] x = Tensors.gaussian(random, 1024, 0.5);
    float[] scaled = x.clone();
    for (int i = 0; i < x.length; i++) {
      scaled[i] *= factor;
    }
    Coded a = encode(quantizer, x, 256);
    Coded b = encode(quantizer, scaled, 256);
    assertArrayEquals(a.codes(), b.codes());
    for (int group = 0; group < 4; group++) {
      assertEquals(factor * a.norm(group), b.norm(group));
    }
  }

  @Test
  void zeroGroupIsZero(Random random) {
    float[] x = new float[128];
    System.arraycopy(Tensors.gaussian(random, 64, 1), 0, x, 64, 64);
    HiggsQuantizer quantizer = unsigned(2, 16);
    Coded coded = encode(quantizer, x, 64);
    assertEquals(0, coded.norm(0));
    assertArrayEquals(new byte[16], Arrays.copyOf(coded.codes(), 16));
    float[] back = decode(quantizer, coded, 128, 64);
    for (int i = 0; i < 64; i++) {
      assertEquals(0f, Math.abs(back[i])); // of either sign
    }
    assertTrue(Float.isFinite(back[100]));
  }

  /** Half of the least binary16 number is 2^-25: smaller norms are zero. */
  @Test
  void tinyGroups() {
    HiggsQuantizer quantizer = unsigned(2, 16);
    float[] zero = roundTrip(quantizer, filled(64, 0x1p-29f), 64); // norm 2^-26
    float[] tiny = roundTrip(quantizer, filled(64, 0x1p-27f), 64); // norm 2^-24
    for (int i = 0; i < 64; i++) {
      assertEquals(0f, Math.abs(zero[i]));
      assertTrue(Float.isFinite(tiny[i]));
    }
    assertTrue(Arrays.stream(toDouble(tiny)).anyMatch(v -> v > 0));
  }

  @Test
  void normBeyondBinary16IsRefused() {
    HiggsQuantizer quantizer = unsigned(2, 16);
    float[] fits = filled(1024, 2000);
    assertFalse(Float.isNaN(roundTrip(quantizer, fits, 1024)[0]));
    for (float large : new float[] {2048, 1e30f, Float.MAX_VALUE}) {
      UnencodableException e =
          assertThrows(
              UnencodableException.class, () -> encode(quantizer, filled(1024, large), 1024));
      assertTrue(e.getMessage().startsWith("the norm of a group is "), e.getMessage());
      assertTrue(e.getMessage().contains("binary16"), e.getMessage());
    }
  }

  /** All ones is a column of the transform: one coefficient, far outside the Gaussian grid. */
  @Test
  void signsHelpWhereRowsAreColumnsOfTheTransform() {
    float[] ones = filled(1024, 1);
    double without = Tensors.nmse(ones, roundTrip(unsigned(2, 16), ones, 1024));
    HiggsQuantizer signed = HiggsQuantizer.signed(HiggsGrid.of(2, 16), 3);
    double with = Tensors.nmse(ones, roundTrip(signed, ones, 1024));
    assertTrue(without > 0.5, "without signs " + without);
    assertTrue(with < 0.15, "with signs " + with);
  }

  @Test
  void signsFollowFromTheSeed(Random random) {
    float[] x = Tensors.gaussian(random, 256, 1);
    HiggsGrid grid = HiggsGrid.of(2, 16);
    Coded coded = encode(HiggsQuantizer.signed(grid, 3), x, 256);
    Coded again = encode(HiggsQuantizer.signed(grid, 3), x, 256);
    Coded other = encode(HiggsQuantizer.signed(grid, 4), x, 256);
    assertArrayEquals(coded.codes(), again.codes());
    assertFalse(Arrays.equals(coded.codes(), other.codes()));
    float[] back = decode(HiggsQuantizer.signed(grid, 3), coded, 256, 256);
    assertTrue(Tensors.nmse(x, back) < 0.2);
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "2, 24", "4, 2", "2, 2048"})
  void groupsThatCannotBe(int dim, int group) {
    HiggsQuantizer quantizer = unsigned(dim, 256);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> encode(quantizer, new float[group], group));
    assertEquals(
        "a group of %d values: expected a power of two from %d to 1024".formatted(group, dim),
        e.getMessage());
  }

  private static float[] filled(int count, float value) {
    float[] x = new float[count];
    Arrays.fill(x, value);
    return x;
  }

  private static double[] toDouble(float[] x) {
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = x[i];
    }
    return out;
  }
}
