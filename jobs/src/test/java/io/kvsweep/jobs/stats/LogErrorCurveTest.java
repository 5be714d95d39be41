package io.kvsweep.jobs.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.kvsweep.jobs.stats.LogErrorCurve.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogErrorCurveTest {
  // A logarithm, a product and a sum of numbers below 10: a few units of the last place.
  private static final double ROUNDING = 1e-14;

  private static void atBits(double error, LogErrorCurve curve, double bits) {
    assertEquals(Math.log(error), curve.logErrorAt(bits), ROUNDING);
  }

  @Test
  void reachesWhatIsNearItsEnds() {
    LogErrorCurve curve =
        new LogErrorCurve(
            List.of(new LogErrorCurve.Point(2.02, 0.1), new LogErrorCurve.Point(3.96, 0.01)));
    assertEquals(2.02, curve.reached(2, 0.015));
    assertEquals(3, curve.reached(3, 0.015));
    assertEquals(3.96, curve.reached(4, 0.015));
    assertNull(curve.reached(1.98, 0.015));
    assertNull(curve.reached(4.1, 0.015));
    assertNull(new LogErrorCurve(List.of()).reached(2, 0.015));
  }

  @Test
  void isLinearInTheLogarithmBetweenNeighbours() {
    LogErrorCurve curve =
        new LogErrorCurve(List.of(new Point(8, 1e-5), new Point(2, 0.1), new Point(4, 0.001)));
    atBits(0.1, curve, 2);
    atBits(0.01, curve, 3);
    atBits(0.001, curve, 4);
    atBits(1e-4, curve, 6);
    atBits(1e-5, curve, 8);
    assertEquals(3, curve.points());
    assertEquals(2, curve.fromBits());
    assertEquals(8, curve.toBits());
  }

  @Test
  void saysNothingBeyondItsEnds() {
    LogErrorCurve curve = new LogErrorCurve(List.of(new Point(2, 0.1), new Point(4, 0.001)));
    assertNull(curve.logErrorAt(Math.nextDown(2.0)));
    assertNull(curve.logErrorAt(Math.nextUp(4.0)));
    LogErrorCurve point = new LogErrorCurve(List.of(new Point(2, 0.1)));
    atBits(0.1, point, 2);
    assertNull(point.logErrorAt(2.5));
  }

  @Test
  void leavesOutWhatHasNoLogarithm() {
    LogErrorCurve curve =
        new LogErrorCurve(
            List.of(new Point(16, 0), new Point(1, Double.POSITIVE_INFINITY), new Point(2, 0.1)));
    assertEquals(1, curve.points());
    LogErrorCurve empty = new LogErrorCurve(List.of(new Point(16, 0)));
    assertNull(empty.fromBits());
    assertNull(empty.toBits());
    assertNull(empty.logErrorAt(16));
  }

  @Test
  void ofEqualBitsTheLowestCounts() {
    atBits(
        0.1,
        new LogErrorCurve(List.of(new Point(2, 0.3), new Point(2, 0.1), new Point(2, 0.2))),
        2);
  }

  @Test
  void bitsOfAnError() {
    LogErrorCurve curve =
        new LogErrorCurve(List.of(new Point(2, 0.1), new Point(4, 0.001), new Point(8, 0.001)));
    assertEquals(2, curve.bitsAt(0.1));
    assertEquals(3, curve.bitsAt(0.01), ROUNDING);
    assertEquals(4, curve.bitsAt(0.001), ROUNDING);
    assertEquals(Double.NEGATIVE_INFINITY, curve.bitsAt(0.2));
    assertEquals(Double.POSITIVE_INFINITY, curve.bitsAt(0.0009));
    assertEquals(Double.POSITIVE_INFINITY, curve.bitsAt(0));
    assertEquals(Double.NaN, curve.bitsAt(Double.NaN));
    assertEquals(Double.NaN, new LogErrorCurve(List.of()).bitsAt(0.1));
  }
}
