package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.ChartStyle;
import io.kvsweep.jobs.report.LogAxis;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * ECharts options of the page's charts as data, all but what depends on the view: the script adds
 * the points of the view, the ends of axes and the colours of light or dark.
 */
final class ChartOptions {
  private static final String BITS = "measured bits per value, side information included";

  private ChartOptions() {}

  /** All of them, by name. */
  static Map<String, Object> all() {
    return Map.of(
        "rate", rate(),
        "multiple", multiple(),
        "heat", heat(),
        "spectra", spectra(),
        "paired", paired(),
        "ticks", Map.of("bits", LogAxis.allBitTicks(), "factors", LogAxis.allFactorTicks()),
        "style",
            Map.of(
                "light", ChartStyle.COLOURS,
                "dark", ChartStyle.DARK_COLOURS));
  }

  private static Map<String, Object> rate() {
    Map<String, Object> chart = chart(80, 22, 52, 58, log(BITS, 36), log("", 60));
    chart.put("factorName", "compression factor against 16-bit values");
    return saved(chart, "error-against-bits");
  }

  private static Map<String, Object> multiple() {
    return chart(56, 12, 10, 28, log("", 0), log("", 0));
  }

  private static Map<String, Object> heat() {
    Map<String, Object> chart =
        chart(60, 20, 28, 88, category("KV head", 26), category("layer", 36));
    chart.put(
        "visualMap",
        Map.of(
            "calculable",
            true,
            "orient",
            "horizontal",
            "left",
            "center",
            "bottom",
            0,
            "itemHeight",
            160,
            // Viridis: even in lightness, so that it survives print and colour blindness.
            "inRange",
            Map.of("color", List.of("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"))));
    return saved(chart, "layers-and-heads");
  }

  private static Map<String, Object> spectra() {
    return saved(
        chart(
            80,
            22,
            24,
            50,
            log("latent channel, by singular value", 30),
            log("singular value", 60)),
        "spectra");
  }

  private static Map<String, Object> paired() {
    return saved(
        chart(
            210,
            24,
            30,
            46,
            log("error / error of the reference on the same tensors", 28),
            category("", 0)),
        "paired");
  }

  /** With a button at the upper right that saves what is drawn as SVG. */
  private static Map<String, Object> saved(Map<String, Object> chart, String file) {
    chart.put(
        "toolbox",
        Map.of(
            "right", 4,
            "top", 0,
            "itemSize", 16,
            "feature", Map.of("saveAsImage", Map.of("title", "Save as SVG", "name", file))));
    return chart;
  }

  /** Room around the plot in pixels, and its axes. */
  private static Map<String, Object> chart(
      int left,
      int right,
      int top,
      int bottom,
      Map<String, Object> xAxis,
      Map<String, Object> yAxis) {
    Map<String, Object> chart = new TreeMap<>();
    chart.put("animation", false);
    chart.put("grid", Map.of("left", left, "right", right, "top", top, "bottom", bottom));
    chart.put("tooltip", Map.of("trigger", "item", "confine", true));
    chart.put("xAxis", xAxis);
    chart.put("yAxis", yAxis);
    return chart;
  }

  /** Grid and numbers are drawn by the script, at the values of {@code ticks}. */
  private static Map<String, Object> log(String name, int gap) {
    Map<String, Object> axis = axis("log", name, gap);
    axis.put("axisLabel", Map.of("show", false));
    axis.put("minorTick", Map.of("show", false));
    axis.put("axisLine", Map.of("onZero", false));
    return axis;
  }

  private static Map<String, Object> category(String name, int gap) {
    Map<String, Object> axis = axis("category", name, gap);
    axis.put("splitArea", Map.of("show", false));
    return axis;
  }

  private static Map<String, Object> axis(String type, String name, int gap) {
    Map<String, Object> axis = new TreeMap<>();
    axis.put("type", type);
    axis.put("name", name);
    axis.put("nameLocation", "middle");
    axis.put("nameGap", gap);
    axis.put("axisTick", Map.of("show", false));
    axis.put("splitLine", Map.of("show", false));
    return axis;
  }
}
