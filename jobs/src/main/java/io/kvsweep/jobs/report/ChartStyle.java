package io.kvsweep.jobs.report;

import java.util.List;

/** What all parts of a picture share. */
public final class ChartStyle {
  /**
   * Okabe and Ito's palette, which colour-blind people can tell apart, without its yellow. Black
   * first: the first method of the registry is the baseline.
   */
  public static final List<String> COLOURS =
      List.of("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9");

  /** Fewer than the colours, so that a pair of both repeats only after 42. */
  public static final List<String> SHAPES =
      List.of(
          "circle",
          "rect",
          "triangle",
          "diamond",
          "path://M0,0L10,0L5,9Z",
          "path://M3,0H7V3H10V7H7V10H3V7H0V3H3Z");

  /** The same hues on a dark page. */
  public static final List<String> DARK_COLOURS =
      List.of("#F0F0F0", "#4FB3E8", "#FF8A3D", "#2FC79A", "#E59AC6", "#F2B63C", "#9AD4F5");

  static final String INK = "#222222";
  static final String GREY = "#666666";
  static final int FONT_SIZE = 12;

  private ChartStyle() {}
}
