package io.kvsweep.jobs.report;

import java.util.List;

/**
 * Where the points of a rate-distortion picture lie: two logarithmic axes and the pixels between.
 */
record PlotArea(LogAxis x, ErrorAxis y) {
  static final int WIDTH = RateDistortionChart.WIDTH;
  static final int HEIGHT = RateDistortionChart.HEIGHT;

  // Around the plot: the axis with its name, the legend, the titles and the upper axis, the axis.
  static final int LEFT = 84;
  static final int RIGHT = 176;
  static final int TOP = 112;
  static final int BOTTOM = 62;

  /**
   * Room for all of these points, at least one.
   *
   * @param rounding see {@link ErrorAxis}
   */
  static PlotArea around(List<CurvePoint> points, double rounding) {
    double[] bits = points.stream().mapToDouble(CurvePoint::effectiveBits).sorted().toArray();
    return new PlotArea(
        LogAxis.around(bits[0], bits[bits.length - 1], 1.12, 4),
        ErrorAxis.around(points.stream().map(CurvePoint::error).toList(), rounding));
  }

  /** The error at which a point is drawn. */
  double drawn(CurvePoint p) {
    return y.drawn(p.error());
  }

  /** Pixels from the left edge of the picture. */
  double px(double bits) {
    return LEFT + x.position(bits) * (WIDTH - LEFT - RIGHT);
  }

  /** Pixels from its upper edge. */
  double py(double error) {
    return HEIGHT - BOTTOM - y.axis().position(error) * (HEIGHT - TOP - BOTTOM);
  }
}
