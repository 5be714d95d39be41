package io.kvsweep.jobs.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the numbers at the points of a rate-distortion picture go. */
final class LabelPlacement {
  private final ChartCurves curves;
  private final PlotArea plot;

  LabelPlacement(ChartCurves curves) {
    this.curves = curves;
    this.plot = curves.plot();
  }

  /** What stands at a point. */
  static String text(CurvePoint p) {
    return LogAxis.format(p.nominalBits());
  }

  /**
   * Where the label of each point goes, as pixels from the point: to a side where it hits no point,
   * no other label and, if possible, no line. Nowhere if all sides are taken.
   */
  Map<CurvePoint, List<Integer>> offsets() {
    List<Box> points =
        curves.points().stream()
            .map(p -> new Box(plot.px(p.effectiveBits()), plot.py(plot.drawn(p)), 12, 12))
            .toList();
    List<Box> lines = lines();
    List<Box> labels = new ArrayList<>();
    Map<CurvePoint, List<Integer>> offsets = new HashMap<>();
    for (CurvePoint p : curves.points()) {
      int width = 7 * text(p).length();
      int aside = 9 + width / 2;
      List<List<Integer>> sides =
          List.of(
              List.of(aside, 0),
              List.of(aside - 3, -10),
              List.of(0, -14),
              List.of(3 - aside, -10),
              List.of(-aside, 0),
              List.of(3 - aside, 10),
              List.of(0, 14),
              List.of(aside - 3, 10));
      for (List<Box> obstacles : List.of(lines, List.<Box>of())) {
        for (List<Integer> side : sides) {
          Box box =
              new Box(
                  plot.px(p.effectiveBits()) + side.get(0),
                  plot.py(plot.drawn(p)) + side.get(1),
                  width,
                  11);
          if (!offsets.containsKey(p)
              && box.inPlot()
              && box.hitsNone(points)
              && box.hitsNone(labels)
              && box.hitsNone(obstacles)) {
            offsets.put(p, side);
            labels.add(box);
          }
        }
      }
    }
    return offsets;
  }

  /** The curves and the frontier, cut into pieces of some pixels. */
  private List<Box> lines() {
    List<Box> boxes = new ArrayList<>();
    for (List<CurvePoint> curve : curves.byMethod().values()) {
      addPieces(
          boxes, curve.stream().map(p -> List.of(p.effectiveBits(), plot.drawn(p))).toList(), 3);
    }
    addPieces(boxes, curves.corners(), 6);
    return boxes;
  }

  private void addPieces(List<Box> boxes, List<List<Double>> line, int width) {
    for (int i = 1; i < line.size(); i++) {
      double fromX = plot.px(line.get(i - 1).get(0));
      double fromY = plot.py(line.get(i - 1).get(1));
      double dx = plot.px(line.get(i).get(0)) - fromX;
      double dy = plot.py(line.get(i).get(1)) - fromY;
      int pieces = 1 + (int) (Math.hypot(dx, dy) / 4);
      for (int k = 0; k <= pieces; k++) {
        double t = (double) k / pieces;
        boxes.add(new Box(fromX + t * dx, fromY + t * dy, width, width));
      }
    }
  }

  /** By its centre. */
  private record Box(double x, double y, double width, double height) {
    boolean inPlot() {
      return x - width / 2 > PlotArea.LEFT
          && x + width / 2 < PlotArea.WIDTH - PlotArea.RIGHT
          && y - height / 2 > PlotArea.TOP
          && y + height / 2 < PlotArea.HEIGHT - PlotArea.BOTTOM;
    }

    boolean hitsNone(List<Box> others) {
      return others.stream()
          .noneMatch(
              o ->
                  Math.abs(x - o.x) < (width + o.width) / 2
                      && Math.abs(y - o.y) < (height + o.height) / 2);
    }
  }
}
