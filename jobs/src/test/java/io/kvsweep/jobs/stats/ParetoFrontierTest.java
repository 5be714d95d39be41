package io.kvsweep.jobs.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ParetoFrontierTest {
  private record Point(String name, double bits, double error) {}

  private static List<String> frontier(List<Point> points) {
    return ParetoFrontier.of(points, Point::bits, Point::error, Comparator.comparing(Point::name))
        .stream()
        .map(Point::name)
        .toList();
  }

  @Test
  void aPointWithoutErrorStays() {
    assertEquals(
        List.of("a", "as exact", "exact"),
        frontier(
            List.of(
                new Point("later", 17, 0),
                new Point("exact", 16, 0),
                new Point("as exact", 16, 0),
                new Point("a", 2, 0.1),
                new Point("b", 3, 0.1))));
  }

  /** Few different numbers, so that ties are the rule. */
  @Test
  void agreesWithComparingAllWithAll() {
    Random random = new Random(4);
    for (int trial = 0; trial < 2000; trial++) {
      List<Point> points = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        points.add(new Point("p" + i, 1 + random.nextInt(4), random.nextInt(4)));
      }
      List<String> expected =
          IntStream.range(0, 8)
              .filter(i -> IntStream.range(0, 8).noneMatch(j -> beats(points, j, i)))
              .mapToObj(points::get)
              .sorted(Comparator.comparingDouble(Point::bits).thenComparing(Point::name))
              .map(Point::name)
              .toList();
      Collections.shuffle(points, random);
      assertEquals(expected, frontier(points));
    }
  }

  /** Whether j is at least as good as i in both, and better in one. */
  private static boolean beats(List<Point> points, int j, int i) {
    Point a = points.get(j);
    Point b = points.get(i);
    boolean better = a.bits() < b.bits() || a.error() < b.error();
    return a.bits() <= b.bits() && a.error() <= b.error() && better;
  }
}
