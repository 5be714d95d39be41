package io.kvsweep.jobs.report;

/** What all parts of a picture share. */
final class ChartStyle {
  static final String INK = "#222222";
  static final String GREY = "#666666";
  static final int FONT_SIZE = 12;

  private ChartStyle() {}
}
