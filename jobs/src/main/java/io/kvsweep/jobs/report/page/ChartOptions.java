package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.ChartStyle;
import io.kvsweep.jobs.report.LogAxis;
import java.util.List;
import java.util.Map;

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
                "dark", ChartStyle.DARK_COLOURS,
                "shapes", ChartStyle.SHAPES));
  }

  private static Map<String, Object> rate() {
    return Map.of(
        "animation", false,
        "grid", Map.of("left", 80, "right", 22, "top", 52, "bottom", 58),
        "tooltip", tooltip(),
        "xAxis", axis("log", BITS, 36),
        "yAxis", axis("log", "", 60),
        "factorName", "compression factor against 16-bit values");
  }

  private static Map<String, Object> multiple() {
    return Map.of(
        "animation", false,
        "grid", Map.of("left", 56, "right", 12, "top", 10, "bottom", 28),
        "tooltip", tooltip(),
        "xAxis", axis("log", "", 0),
        "yAxis", axis("log", "", 0));
  }

  private static Map<String, Object> heat() {
    return Map.of(
        "animation", false,
        "grid", Map.of("left", 60, "right", 20, "top", 14, "bottom", 88),
        "tooltip", Map.of("trigger", "item", "confine", true),
        "xAxis", category("KV head", 26),
        "yAxis", category("layer", 36),
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
  }

  private static Map<String, Object> spectra() {
    return Map.of(
        "animation", false,
        "grid", Map.of("left", 80, "right", 22, "top", 16, "bottom", 50),
        "tooltip", tooltip(),
        "xAxis", axis("log", "latent channel, by singular value", 30),
        "yAxis", axis("log", "singular value", 60));
  }

  private static Map<String, Object> paired() {
    return Map.of(
        "animation", false,
        "grid", Map.of("left", 210, "right", 24, "top", 30, "bottom", 46),
        "tooltip", Map.of("trigger", "item", "confine", true),
        "xAxis", axis("log", "error / error of the reference on the same tensors", 28),
        "yAxis", category("", 0));
  }

  private static Map<String, Object> tooltip() {
    return Map.of("trigger", "item", "confine", true);
  }

  /** Grid and numbers are drawn by the script, at the values of {@code ticks}. */
  private static Map<String, Object> axis(String type, String name, int gap) {
    return Map.of(
        "type", type,
        "name", name,
        "nameLocation", "middle",
        "nameGap", gap,
        "axisLabel", Map.of("show", false),
        "axisTick", Map.of("show", false),
        "minorTick", Map.of("show", false),
        "splitLine", Map.of("show", false),
        "axisLine", Map.of("onZero", false));
  }

  private static Map<String, Object> category(String name, int gap) {
    return Map.of(
        "type",
        "category",
        "name",
        name,
        "nameLocation",
        "middle",
        "nameGap",
        gap,
        "axisTick",
        Map.of("show", false),
        "splitLine",
        Map.of("show", false),
        "splitArea",
        Map.of("show", false));
  }
}
