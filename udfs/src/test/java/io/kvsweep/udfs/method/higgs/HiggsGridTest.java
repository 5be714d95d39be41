package io.kvsweep.udfs.method.higgs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class HiggsGridTest {
  private static float[] points(HiggsGrid grid) {
    float[] points = new float[grid.size() * grid.dim()];
    for (int i = 0; i < points.length; i++) {
      points[i] = grid.coordinate(i / grid.dim(), i % grid.dim());
    }
    return points;
  }

  /**
   * The published grids have 0.10767, 0.02965, 0.00778 and 0.09652. Half a million points give the
   * mean to a quarter of a percent at two standard deviations, less than the room to the limits.
   */
  @ParameterizedTest
  @CsvSource({"2, 16, 0.1080", "2, 64, 0.0300", "2, 256, 0.0080", "4, 256, 0.0972"})
  void errorOfTheGrids(int dim, int size, double limit, Random random) {
    float[] samples = Tensors.gaussian(random, dim << 19, 1);
    double error =
        HiggsGridGenerator.meanSquaredError(dim, points(HiggsGrid.of(dim, size)), samples);
    System.out.printf("grid of %d points in %d dimensions: error %.5f%n", size, dim, error);
    assertTrue(error <= limit, "error " + error);
  }

  /** Blocks hold indices into the grids: another grid is another format. */
  @ParameterizedTest
  @CsvSource({"2, 16, 342e71e4", "2, 64, 2ca82242", "2, 256, 2c5dc2d3", "4, 256, fc543d66"})
  void gridsAreFixed(int dim, int size, String expected) {
    float[] points = points(HiggsGrid.of(dim, size));
    assertEquals(size * dim, points.length);
    ByteBuffer bytes = ByteBuffer.allocate(4 * points.length);
    bytes.asFloatBuffer().put(points);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    assertEquals(expected, "%08x".formatted(crc.getValue()));
  }

  /** Radii of the best known arrangement: the origin, a ring of 6 and a ring of 9. */
  @Test
  void shapeOfSixteenPoints() {
    HiggsGrid grid = HiggsGrid.of(2, 16);
    double[] radii = new double[16];
    for (int i = 0; i < 16; i++) {
      radii[i] = Math.hypot(grid.coordinate(i, 0), grid.coordinate(i, 1));
    }
    Arrays.sort(radii);
    assertEquals(0, radii[0], 0.05);
    for (int i = 1; i < 16; i++) {
      assertEquals(i < 7 ? 0.925 : 1.935, radii[i], 0.1, "radius " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 16", "2, 64", "2, 256", "4, 256"})
  void searchIsExact(int dim, int size, Random random) {
    float[] points = points(HiggsGrid.of(dim, size));
    NearestPoint search = new NearestPoint(dim, points);
    for (double sigma : new double[] {0.1, 1, 3, 30}) {
      float[] samples = Tensors.gaussian(random, dim * 20_000, sigma);
      for (int at = 0; at < samples.length; at += dim) {
        assertEquals(search.amongAll(samples, at), search.of(samples, at));
      }
    }
    for (int p = 0; p < size; p++) {
      assertEquals(p, search.of(points, p * dim));
    }
  }

  /** Borders of search cells, infinity and points halfway between two of the grid. */
  @Test
  void searchIsExactOnBorders() {
    float[] points = {-1, 0, 1, 0, 1, 0, 0, 2};
    NearestPoint search = new NearestPoint(2, points);
    assertEquals(0, search.of(new float[] {0, 0}, 0)); // of 0, 1 and 2
    assertEquals(1, search.of(new float[] {1, 0}, 0)); // of 1 and 2
    for (float x : new float[] {-4, -1e-30f, 0, 1e-30f, 0.0625f, 3.9999998f, 4, 1e30f}) {
      for (float y : new float[] {-4, 0, -0f, 0.0625f, 1, 4, -1e30f, Float.POSITIVE_INFINITY}) {
        float[] at = {x, y};
        assertEquals(search.amongAll(at, 0), search.of(at, 0), x + "," + y);
      }
    }
  }

  @Test
  void gridsAreLoadedOnce() {
    assertSame(HiggsGrid.of(2, 16), HiggsGrid.of(2, 16));
  }

  @Test
  void otherGridsDoNotExist() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> HiggsGrid.of(3, 64));
    assertEquals(
        "no grid-64x3.txt: expected 16, 64 or 256 points of 2 values, or 256 of 4", e.getMessage());
  }
}
