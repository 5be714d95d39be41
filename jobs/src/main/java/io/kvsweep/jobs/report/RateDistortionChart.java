package io.kvsweep.jobs.report;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Error against measured bits per value, one curve per method, the frontier marked: the picture of
 * a sweep, as ECharts options (plain data, no functions), for {@link EChartsSvg} or a page.
 */
public final class RateDistortionChart {
  /** The least size; long names make a picture wider, many names make it higher. */
  public static final int WIDTH = 900;

  /** The least size. */
  public static final int HEIGHT = 560;

  private static final int LINE_HEIGHT = 16;

  // Of a line of the legend: its height, the mark with the space beside it, and about a letter.
  private static final int LEGEND_PITCH = 22;
  private static final int LEGEND_LEFT = WIDTH - PlotArea.RIGHT + 18;
  private static final int LEGEND_MARK = 26 + 5;
  private static final double LETTER = 7.2;
  private static final int MARGIN = 12;

  /**
   * A picture to be drawn.
   *
   * @param option of ECharts: plain data
   */
  public record Picture(Map<String, Object> option, int width, int height) {}

  private final String title;
  private final String subtitle;
  private final SummaryMetric metric;
  private final PlotArea plot;
  private final ChartCurves curves;

  private RateDistortionChart(
      String title,
      String subtitle,
      SummaryMetric metric,
      List<CurvePoint> points,
      Map<String, CurveStyle> styles) {
    if (points.isEmpty()) {
      throw new InvalidInputException(
          "There is nothing to draw: '"
              + title
              + "' has no measured configuration. Run a sweep first, or look at the errors of its"
              + " failed rows.");
    }
    this.title = title;
    this.subtitle = subtitle;
    this.metric = metric;
    this.plot = PlotArea.around(points, RoundingLevel.of(metric));
    this.curves =
        new ChartCurves(
            points.stream()
                .sorted(
                    Comparator.comparing(CurvePoint::method)
                        .thenComparingDouble(CurvePoint::effectiveBits)
                        .thenComparingDouble(CurvePoint::error)
                        .thenComparing(CurvePoint::methodSpec))
                .toList(),
            plot,
            styles);
  }

  /**
   * The picture.
   *
   * @param metric that of the errors of the points
   * @param styles of the methods of the points, by name, as {@link CurveStyles} gives them
   * @throws InvalidInputException if there is no point
   */
  public static Picture picture(
      String title,
      String subtitle,
      SummaryMetric metric,
      List<CurvePoint> points,
      Map<String, CurveStyle> styles) {
    RateDistortionChart chart = new RateDistortionChart(title, subtitle, metric, points, styles);
    return new Picture(chart.option(), chart.width(), chart.height());
  }

  /** Room for the longest name. */
  private int width() {
    int longest = curves.byMethod().keySet().stream().mapToInt(String::length).max().orElseThrow();
    return Math.max(WIDTH, LEGEND_LEFT + LEGEND_MARK + (int) (LETTER * longest) + MARGIN);
  }

  /** Room for all names, closer than usual, and the reading aid below them. */
  private int height() {
    return Math.max(HEIGHT, readingTop() + readingHeight() + MARGIN);
  }

  private Map<String, Object> option() {
    Map<String, Object> option = new TreeMap<>();
    option.put("animation", false);
    option.put("backgroundColor", "#FFFFFF");
    option.put("textStyle", Map.of("fontFamily", "sans-serif", "color", ChartStyle.INK));
    option.put(
        "title",
        Map.of(
            "text",
            title,
            "subtext",
            subtitle,
            "left",
            16,
            "top",
            12,
            "itemGap",
            6,
            "textStyle",
            Map.of("fontSize", 17, "color", ChartStyle.INK),
            "subtextStyle",
            Map.of("fontSize", ChartStyle.FONT_SIZE, "color", ChartStyle.GREY)));
    option.put("aria", Map.of("enabled", true, "label", Map.of("description", description())));
    option.put("tooltip", Map.of("trigger", "item"));
    option.put(
        "grid",
        Map.of(
            "left",
            PlotArea.LEFT,
            "width",
            WIDTH - PlotArea.LEFT - PlotArea.RIGHT,
            "top",
            PlotArea.TOP,
            "height",
            HEIGHT - PlotArea.TOP - PlotArea.BOTTOM));
    option.put(
        "xAxis",
        ChartScales.axis(plot.x(), "measured bits per value, side information included", 32));
    option.put(
        "yAxis",
        ChartScales.axis(
            plot.y().axis(), metric.metric().title() + " (" + metric.label() + ")", 58));
    option.put("legend", legend());
    option.put("graphic", List.of(upperAxisName(), reading()));
    List<Object> series = new ArrayList<>();
    series.add(ChartScales.series(plot));
    series.add(curves.frontier());
    series.addAll(curves.series(metric.label()));
    option.put("series", series);
    return option;
  }

  private Map<String, Object> legend() {
    List<Object> names = new ArrayList<>(curves.byMethod().keySet());
    names.add(Map.of("name", ChartCurves.FRONTIER, "icon", "path://M0,0H26V5H0Z"));
    // Closer when there are many, so that they end above the reading aid.
    int pitch = Math.min(LEGEND_PITCH, (readingTop() - PlotArea.TOP) / names.size());
    return Map.of(
        "data",
        names,
        "orient",
        "vertical",
        "left",
        LEGEND_LEFT,
        "top",
        PlotArea.TOP - 4,
        "itemGap",
        Math.max(0, pitch - 13),
        "itemWidth",
        26,
        "itemHeight",
        10,
        "textStyle",
        Map.of("fontSize", ChartStyle.FONT_SIZE + 1, "color", ChartStyle.INK));
  }

  private static Map<String, Object> upperAxisName() {
    return text(
        "compression factor against 16-bit values",
        PlotArea.LEFT + (WIDTH - PlotArea.LEFT - PlotArea.RIGHT) / 2,
        PlotArea.TOP - 40,
        13,
        "center");
  }

  private Map<String, Object> reading() {
    return text(words(), LEGEND_LEFT, readingTop(), 11, "left");
  }

  private String words() {
    return "Lower left is better.\n"
        + "Numbers at points:\nnominal bits (codes only).\n"
        + "Grey steps: lowest error\nat or below each rate."
        + (plot.y().exact() ? "\nError 0 = exact, drawn\non the lower edge." : "")
        + (plot.y().rounded()
            ? "\nHollow: error below\n%s, rounding alone."
                .formatted(LogAxis.format(plot.y().rounding()))
            : "");
  }

  private int readingHeight() {
    return LINE_HEIGHT * (int) words().lines().count();
  }

  /** At the foot of the plot, or below the names where these are too many. */
  private int readingTop() {
    int names = curves.byMethod().size() + 1;
    return Math.max(HEIGHT - PlotArea.BOTTOM - readingHeight(), PlotArea.TOP + LINE_HEIGHT * names);
  }

  private static Map<String, Object> text(String words, int left, int top, int size, String align) {
    return Map.of(
        "type",
        "text",
        "x",
        left,
        "y",
        top,
        "silent",
        true,
        "style",
        Map.of(
            "text", words,
            "font", size + "px sans-serif",
            "fill", ChartStyle.GREY,
            "align", align,
            "lineHeight", LINE_HEIGHT));
  }

  private String description() {
    return curves.points().size()
        + " configurations, error ("
        + metric.label()
        + ") against measured bits per value; lower left is better. On the frontier: "
        + curves.points().stream()
            .filter(CurvePoint::onFrontier)
            .sorted(Comparator.comparingDouble(CurvePoint::effectiveBits))
            .map(
                p ->
                    p.methodSpec()
                        + " ("
                        + LogAxis.format(p.effectiveBits())
                        + " bits, error "
                        + LogAxis.format(p.error())
                        + ")")
            .collect(Collectors.joining("; "))
        + ".";
  }
}
