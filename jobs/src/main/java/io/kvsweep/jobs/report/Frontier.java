package io.kvsweep.jobs.report;

import io.kvsweep.jobs.stats.ParetoFrontier;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The Pareto frontier: points that nothing beats in both bits and error. */
public final class Frontier {
  private Frontier() {}

  /**
   * The same points by rising effective bits, each marked whether its error is lower than that of
   * every point with fewer bits. Points equal in both are marked together.
   */
  public static List<CurvePoint> mark(List<CurvePoint> points) {
    Comparator<CurvePoint> ties = Comparator.comparing(CurvePoint::methodSpec);
    Set<CurvePoint> best =
        new HashSet<>(
            ParetoFrontier.of(points, CurvePoint::effectiveBits, CurvePoint::error, ties));
    return points.stream()
        .sorted(
            Comparator.comparingDouble(CurvePoint::effectiveBits)
                .thenComparingDouble(CurvePoint::error)
                .thenComparing(ties))
        .map(
            p ->
                new CurvePoint(
                    p.method(),
                    p.methodSpec(),
                    p.nominalBits(),
                    p.effectiveBits(),
                    p.error(),
                    best.contains(p)))
        .toList();
  }
}
