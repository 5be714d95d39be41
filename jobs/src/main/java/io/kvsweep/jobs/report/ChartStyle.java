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

  /**
   * Two halves, for two families of a colour: a pair of colour and shape repeats only after 84. All
   * as wide as high, because charts stretch them to a square.
   */
  public static final List<String> SHAPES =
      List.of(
          "circle",
          "rect",
          "triangle",
          "diamond",
          "path://M0,0L10,0L5,9Z",
          "path://M3,0H7V3H10V7H7V10H3V7H0V3H3Z",
          "path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z",
          "path://M5,0L6.2,3.6L10,3.8L7,6.1L8.1,10L5,7.7L1.9,10L3,6.1L0,3.8L3.8,3.6Z",
          "path://M0,5L9,0V10Z",
          "path://M9,5L0,0V10Z",
          "path://M0,0H10L6,5L10,10H0L4,5Z",
          "path://M0,0L5,4L10,0V10L5,6L0,10Z");

  /** The same hues on a dark page. */
  public static final List<String> DARK_COLOURS =
      List.of("#F0F0F0", "#4FB3E8", "#FF8A3D", "#2FC79A", "#E59AC6", "#F2B63C", "#9AD4F5");

  static final String INK = "#222222";
  static final String GREY = "#666666";
  static final int FONT_SIZE = 12;

  private ChartStyle() {}
}
