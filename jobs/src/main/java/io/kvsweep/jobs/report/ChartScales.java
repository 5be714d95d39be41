package io.kvsweep.jobs.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The axes of a rate-distortion picture with grid and numbers, which ECharts would put at powers of
 * the base only.
 */
final class ChartScales {
  private static final String GRID = "#E4E4E4";

  private ChartScales() {}

  /** Options of one axis, without grid and numbers. */
  static Map<String, Object> axis(LogAxis axis, String name, int gap) {
    Map<String, Object> options = new HashMap<>();
    options.put("type", "log");
    options.put("min", axis.min());
    options.put("max", axis.max());
    options.put("name", name);
    options.put("nameLocation", "middle");
    options.put("nameGap", gap);
    options.put(
        "nameTextStyle", Map.of("fontSize", ChartStyle.FONT_SIZE + 1, "color", ChartStyle.INK));
    options.put("axisLine", Map.of("onZero", false, "lineStyle", Map.of("color", ChartStyle.GREY)));
    // The grid and the numbers come from series().
    for (String part : List.of("axisLabel", "axisTick", "splitLine")) {
      options.put(part, Map.of("show", false));
    }
    return options;
  }

  /** Grid lines with their numbers: bits below, compression factors above, errors at the left. */
  static Map<String, Object> series(PlotArea plot) {
    List<Object> lines = new ArrayList<>();
    for (double bits : plot.x().bitTicks()) {
      lines.add(gridLine("xAxis", bits, "start", LogAxis.format(bits), 1));
    }
    for (double factor : plot.x().factorTicks()) {
      lines.add(gridLine("xAxis", 16 / factor, "end", LogAxis.format(factor) + "\u00d7", 0));
    }
    for (ErrorAxis.Tick tick : plot.y().ticks()) {
      lines.add(gridLine("yAxis", tick.error(), "start", tick.label(), tick.level() ? 0 : 1));
    }
    return Map.of(
        "type",
        "line",
        "name",
        "scales",
        "data",
        List.of(),
        "silent",
        true,
        "markLine",
        Map.of(
            "silent",
            true,
            "symbol",
            "none",
            "animation",
            false,
            "z",
            0,
            // By default values are rounded to two decimals.
            "precision",
            20,
            "data",
            lines));
  }

  private static Map<String, Object> gridLine(
      String axis, double value, String end, String label, int width) {
    return Map.of(
        axis,
        value,
        "lineStyle",
        Map.of("color", GRID, "type", "solid", "width", width),
        "label",
        Map.of(
            "position",
            end,
            "distance",
            6,
            "formatter",
            label,
            "fontSize",
            ChartStyle.FONT_SIZE,
            "color",
            ChartStyle.INK));
  }
}
