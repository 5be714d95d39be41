package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class FrontierTest {
  private static CurvePoint point(String spec, double bits, double error) {
    return new CurvePoint("m", spec, bits, bits, error, false);
  }

  private static List<String> frontier(CurvePoint... points) {
    return Frontier.mark(List.of(points)).stream()
        .filter(CurvePoint::onFrontier)
        .map(CurvePoint::methodSpec)
        .toList();
  }

  @Test
  void keepsWhatNothingBeats() {
    assertEquals(
        List.of("a", "c", "e"),
        frontier(
            point("e", 16, 0),
            point("d", 5, 0.3),
            point("c", 4, 0.1),
            point("b", 2, 0.6),
            point("a", 1, 0.5)));
  }

  @Test
  void equalPointsAreOnItTogether() {
    assertEquals(List.of("a", "b"), frontier(point("b", 2, 0.5), point("a", 2, 0.5)));
    assertEquals(List.of("b"), frontier(point("a", 2, 0.5), point("b", 2, 0.4)));
    assertEquals(List.of("a"), frontier(point("a", 2, 0.5), point("b", 3, 0.5)));
  }

  @Test
  void forgetsOlderMarks() {
    CurvePoint marked = new CurvePoint("m", "b", 3, 3, 0.9, true);
    assertEquals(List.of("a"), frontier(point("a", 2, 0.5), marked));
  }
}
