package io.kvsweep.jobs.report;

import java.util.List;

/**
 * Where the points of a rate-distortion picture lie: two logarithmic axes and the pixels between.
 *
 * @param floor lower end of the vertical axis; an error of 0, which has no logarithm, is drawn
 *     there
 * @param exact whether there is such an error
 */
record PlotArea(LogAxis x, LogAxis y, double floor, boolean exact) {
  static final int WIDTH = RateDistortionChart.WIDTH;
  static final int HEIGHT = RateDistortionChart.HEIGHT;

  // Around the plot: the axis with its name, the legend, the titles and the upper axis, the axis.
  static final int LEFT = 84;
  static final int RIGHT = 176;
  static final int TOP = 112;
  static final int BOTTOM = 62;

  /** Room for all of these points, at least one. */
  static PlotArea around(List<CurvePoint> points) {
    double[] bits = points.stream().mapToDouble(CurvePoint::effectiveBits).sorted().toArray();
    double[] errors =
        points.stream().mapToDouble(CurvePoint::error).filter(e -> e > 0).sorted().toArray();
    LogAxis measured =
        errors.length == 0
            ? new LogAxis(0.01, 1)
            : LogAxis.around(errors[0], errors[errors.length - 1], 1.5, 10);
    boolean exact = errors.length < points.size();
    double floor =
        exact ? measured.min() / Math.pow(measured.max() / measured.min(), 0.08) : measured.min();
    return new PlotArea(
        LogAxis.around(bits[0], bits[bits.length - 1], 1.12, 4),
        new LogAxis(floor, measured.max()),
        floor,
        exact);
  }

  /** The error at which a point is drawn. */
  double drawn(CurvePoint p) {
    return p.error() == 0 ? floor : p.error();
  }

  /** Pixels from the left edge of the picture. */
  double px(double bits) {
    return LEFT + x.position(bits) * (WIDTH - LEFT - RIGHT);
  }

  /** Pixels from its upper edge. */
  double py(double error) {
    return HEIGHT - BOTTOM - y.position(error) * (HEIGHT - TOP - BOTTOM);
  }
}
