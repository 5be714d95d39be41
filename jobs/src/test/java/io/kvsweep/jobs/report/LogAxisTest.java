package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogAxisTest {
  @Test
  void coversTheValuesAndAtLeastTheSpan() {
    assertEquals(new LogAxis(1, 16), LogAxis.around(2, 8, 2, 4));
    assertEquals(new LogAxis(1.5, 6), LogAxis.around(3, 3, 1.1, 4));
    assertEquals(0.5, new LogAxis(1, 16).position(4));
  }

  @Test
  void picksRoundTicks() {
    assertEquals(List.of(1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0), new LogAxis(1, 17).bitTicks());
    assertEquals(List.of(1.0, 2.0, 3.0, 4.0, 6.0, 8.0), new LogAxis(1.9, 17).factorTicks());
    assertEquals(List.of(0.02, 0.05, 0.1, 0.2), new LogAxis(0.011, 0.3).decimalTicks());
    assertEquals(List.of(0.001, 0.01, 0.1, 1.0), new LogAxis(0.0005, 2).decimalTicks());
    assertEquals(
        List.of(1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 0.01, 1.0), new LogAxis(1e-12, 1).decimalTicks());
  }

  @Test
  void writesShortNumbers() {
    assertEquals("0", LogAxis.format(0));
    assertEquals("1.25", LogAxis.format(1.25));
    assertEquals("16", LogAxis.format(16.0));
    assertEquals("0.0001", LogAxis.format(1e-4));
    assertEquals("2e-5", LogAxis.format(2e-5));
    assertEquals("1.23e-7", LogAxis.format(1.2345e-7));
    assertEquals("100000", LogAxis.format(100_000));
  }
}
