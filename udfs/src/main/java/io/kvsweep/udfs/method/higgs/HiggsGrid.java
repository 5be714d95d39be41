package io.kvsweep.udfs.method.higgs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A grid of points that codes standard Gaussian vectors with little squared error. The shipped ones
 * are resources, made by {@code HiggsGridGenerator} (Lloyd's algorithm on seeded samples; test
 * sources), one point per line. A grid is part of the block format: blocks hold indices into it.
 * Immutable and thread-safe.
 */
public final class HiggsGrid {
  private static final Map<String, HiggsGrid> LOADED = new ConcurrentHashMap<>();

  private final int dim;
  private final float[] points;
  private final NearestPoint search;

  /**
   * @param points row-major {@code [size, dim]}, size a power of two up to 256
   */
  HiggsGrid(int dim, float[] points) {
    this.dim = dim;
    this.points = points;
    this.search = new NearestPoint(dim, points);
  }

  /**
   * The shipped grid, loaded once.
   *
   * @param dim values per point
   * @param size number of points
   * @throws IllegalArgumentException if there is none; there are (2, 16), (2, 64), (2, 256) and (4,
   *     256)
   */
  public static HiggsGrid of(int dim, int size) {
    return LOADED.computeIfAbsent("grid-%dx%d.txt".formatted(size, dim), HiggsGrid::load);
  }

  private static HiggsGrid load(String resource) {
    try (InputStream in = HiggsGrid.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "no " + resource + ": expected 16, 64 or 256 points of 2 values, or 256 of 4");
      }
      List<String[]> rows =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
              .lines()
              .map(line -> line.split(" "))
              .toList();
      int dim = rows.get(0).length;
      float[] points = new float[rows.size() * dim];
      for (int i = 0; i < points.length; i++) {
        points[i] = Float.parseFloat(rows.get(i / dim)[i % dim]);
      }
      return new HiggsGrid(dim, points);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Values per point. */
  public int dim() {
    return dim;
  }

  /** Number of points. */
  public int size() {
    return points.length / dim;
  }

  /** Bits of an index. */
  int indexBits() {
    return Integer.numberOfTrailingZeros(size());
  }

  /** Coordinate {@code axis} of a point. */
  float coordinate(int point, int axis) {
    return points[point * dim + axis];
  }

  /**
   * Index of the point nearest to the {@code dim} numbers that start at {@code at}; the lowest of
   * equally near ones.
   */
  int nearest(float[] y, int at) {
    return search.of(y, at);
  }
}
