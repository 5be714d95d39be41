package io.kvsweep.jobs.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The curves of a rate-distortion picture, one per method, and its frontier.
 *
 * @param points in the order in which they are joined
 * @param styles of the methods, by name
 */
record ChartCurves(List<CurvePoint> points, PlotArea plot, Map<String, CurveStyle> styles) {
  static final String FRONTIER = "frontier";

  /** Points by method, by name. */
  Map<String, List<CurvePoint>> byMethod() {
    return points.stream()
        .collect(Collectors.groupingBy(CurvePoint::method, TreeMap::new, Collectors.toList()));
  }

  /** Steps through the marked points, from the upper edge to the right one. */
  List<List<Double>> corners() {
    List<List<Double>> corners = new ArrayList<>();
    double best = plot.y().axis().max();
    for (CurvePoint p :
        points.stream()
            .filter(CurvePoint::onFrontier)
            .sorted(Comparator.comparingDouble(CurvePoint::effectiveBits))
            .toList()) {
      corners.add(List.of(p.effectiveBits(), best));
      best = plot.drawn(p);
      corners.add(List.of(p.effectiveBits(), best));
    }
    if (!corners.isEmpty()) {
      corners.add(List.of(plot.x().max(), best));
    }
    return corners;
  }

  /** The frontier as a series. */
  Map<String, Object> frontier() {
    return Map.of(
        "type",
        "line",
        "name",
        FRONTIER,
        "data",
        corners(),
        "symbol",
        "none",
        "silent",
        true,
        // Above the grid lines, which are at 5, and below the curves.
        "z",
        7,
        "itemStyle",
        Map.of("color", "#C8C8C8"),
        "lineStyle",
        Map.of("color", "#C8C8C8", "width", 5, "join", "miter"));
  }

  /** The curves as series, in the order of the names of the methods. */
  List<Object> series(String metric) {
    Map<CurvePoint, List<Integer>> labels = new LabelPlacement(this).offsets();
    List<Object> series = new ArrayList<>();
    for (Map.Entry<String, List<CurvePoint>> curve : byMethod().entrySet()) {
      CurveStyle style = styles.get(curve.getKey());
      String colour = ChartStyle.COLOURS.get(style.colour());
      List<Object> data = new ArrayList<>();
      for (CurvePoint p : curve.getValue()) {
        data.add(datum(p, colour, labels.get(p)));
      }
      Map<String, Object> line = new HashMap<>();
      line.put("type", "line");
      line.put("name", curve.getKey());
      line.put("data", data);
      line.put("dimensions", List.of("x", "y", "effective bits", "nominal bits", metric));
      line.put("encode", Map.of("x", 0, "y", 1, "tooltip", List.of(2, 3, 4)));
      line.put("symbol", style.shape());
      line.put("symbolSize", 9);
      line.put("showAllSymbol", true);
      line.put("clip", false);
      line.put("z", 8);
      line.put("itemStyle", Map.of("color", colour));
      line.put("lineStyle", Map.of("color", colour, "width", 1.2, "type", style.lineType()));
      line.put("emphasis", Map.of("disabled", true));
      series.add(line);
    }
    return series;
  }

  private Map<String, Object> datum(CurvePoint p, String colour, List<Integer> labelOffset) {
    return Map.of(
        "name",
        p.methodSpec(),
        "value",
        List.of(p.effectiveBits(), plot.drawn(p), p.effectiveBits(), p.nominalBits(), p.error()),
        "itemStyle",
        // Hollow where the height is not the error.
        plot.y().isRounding(p.error())
            ? Map.of("color", "#FFFFFF", "borderColor", colour, "borderWidth", 1.6)
            : Map.of("color", colour),
        "label",
        labelOffset == null
            ? Map.of("show", false)
            : Map.of(
                "show",
                true,
                "position",
                "inside",
                "offset",
                labelOffset,
                "formatter",
                LabelPlacement.text(p),
                "fontSize",
                11,
                "color",
                ChartStyle.INK,
                "textBorderColor",
                "#FFFFFF",
                "textBorderWidth",
                2));
  }
}
