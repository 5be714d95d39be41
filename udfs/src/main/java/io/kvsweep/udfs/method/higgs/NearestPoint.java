package io.kvsweep.udfs.method.higgs;

import java.util.Arrays;

/**
 * Exact nearest-neighbour search among the points of a small grid: the space around the origin is
 * cut into cubic cells, each with the list of points that can be nearest to anything in it. Outside
 * all points are tried. Distances are compared in double, and of equally near points the one of the
 * lowest index wins, so the answer does not depend on the cells.
 */
final class NearestPoint {
  /** Cells cover this far along each axis; of a Gaussian coordinate 6e-5 lies outside. */
  private static final double REACH = 4;

  /** Cells are made wider by this on all sides, which covers rounding at their borders. */
  private static final double MARGIN = 1e-9;

  private final int dim;
  private final float[] points;
  private final int cellsPerAxis;
  private final double cellsPerUnit;
  private final int[] starts;
  private final short[] candidates;

  /**
   * @param points row-major {@code [size, dim]}
   */
  NearestPoint(int dim, float[] points) {
    this.dim = dim;
    this.points = points;
    this.cellsPerAxis = (int) Math.round(Math.pow(1 << 14, 1.0 / dim));
    this.cellsPerUnit = cellsPerAxis / (2 * REACH);
    int cells = (int) Math.round(Math.pow(cellsPerAxis, dim));
    this.starts = new int[cells + 1];
    short[] lists = new short[16 * cells];
    double[] low = new double[dim];
    for (int cell = 0; cell < cells; cell++) {
      int rest = cell;
      for (int d = dim - 1; d >= 0; d--) {
        low[d] = rest % cellsPerAxis / cellsPerUnit - REACH;
        rest /= cellsPerAxis;
      }
      int size = points.length / dim;
      if (starts[cell] + size > lists.length) {
        lists = Arrays.copyOf(lists, 2 * lists.length + size);
      }
      starts[cell + 1] = addCandidates(low, lists, starts[cell]);
    }
    this.candidates = Arrays.copyOf(lists, starts[cells]);
  }

  /** A point whose least distance to the cell exceeds another's greatest is never nearest in it. */
  private int addCandidates(double[] low, short[] lists, int at) {
    int size = points.length / dim;
    double[] least = new double[size];
    double bound = Double.POSITIVE_INFINITY;
    double width = 1 / cellsPerUnit + 2 * MARGIN;
    for (int p = 0; p < size; p++) {
      double greatest = 0;
      for (int d = 0; d < dim; d++) {
        double above = points[p * dim + d] - (low[d] - MARGIN);
        double below = width - above;
        double outside = Math.max(0, Math.max(-above, -below));
        double across = Math.max(Math.abs(above), Math.abs(below));
        least[p] += outside * outside;
        greatest += across * across;
      }
      bound = Math.min(bound, greatest);
    }
    int end = at;
    for (int p = 0; p < size; p++) {
      if (least[p] <= bound) {
        lists[end++] = (short) p;
      }
    }
    return end;
  }

  /** Index of the point nearest to the {@code dim} numbers that start at {@code at}. */
  int of(float[] y, int at) {
    int cell = 0;
    for (int d = 0; d < dim; d++) {
      int along = (int) Math.floor((y[at + d] + REACH) * cellsPerUnit);
      if (along < 0 || along >= cellsPerAxis) {
        return amongAll(y, at);
      }
      cell = cell * cellsPerAxis + along;
    }
    int best = 0;
    double nearest = Double.POSITIVE_INFINITY;
    for (int i = starts[cell]; i < starts[cell + 1]; i++) {
      double distance = squaredDistance(y, at, candidates[i]);
      if (distance < nearest) {
        nearest = distance;
        best = candidates[i];
      }
    }
    return best;
  }

  /** The same by trying every point. */
  int amongAll(float[] y, int at) {
    int best = 0;
    double nearest = Double.POSITIVE_INFINITY;
    for (int p = 0; p < points.length / dim; p++) {
      double distance = squaredDistance(y, at, p);
      if (distance < nearest) {
        nearest = distance;
        best = p;
      }
    }
    return best;
  }

  private double squaredDistance(float[] y, int at, int point) {
    double sum = 0;
    for (int d = 0; d < dim; d++) {
      double difference = (double) y[at + d] - points[point * dim + d];
      sum += difference * difference;
    }
    return sum;
  }
}
