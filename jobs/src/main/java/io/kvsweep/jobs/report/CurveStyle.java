package io.kvsweep.jobs.report;

import java.util.List;

/**
 * How a curve is drawn: in pictures, on the page and in its legends and tables.
 *
 * @param colour index into the colours of {@link ChartStyle}, light or dark
 * @param shape of its points
 * @param dash of its line: pixels drawn and left out in turn; none for an unbroken line
 */
public record CurveStyle(int colour, String shape, List<Integer> dash) {

  /** As ECharts names the type of a line. */
  Object lineType() {
    return dash.isEmpty() ? "solid" : dash;
  }
}
