package io.kvsweep.jobs.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The Pareto frontier: points that nothing beats in both bits and error. */
public final class Frontier {
  private Frontier() {}

  /**
   * The same points by rising effective bits, each marked whether its error is lower than that of
   * every point with fewer bits. Of equal points the first by spec is marked.
   */
  public static List<CurvePoint> mark(List<CurvePoint> points) {
    List<CurvePoint> sorted = new ArrayList<>(points);
    sorted.sort(
        Comparator.comparingDouble(CurvePoint::effectiveBits)
            .thenComparingDouble(CurvePoint::error)
            .thenComparing(CurvePoint::methodSpec));
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < sorted.size(); i++) {
      CurvePoint p = sorted.get(i);
      boolean best = p.error() < lowest;
      lowest = Math.min(lowest, p.error());
      sorted.set(
          i,
          new CurvePoint(
              p.method(), p.methodSpec(), p.nominalBits(), p.effectiveBits(), p.error(), best));
    }
    return sorted;
  }
}
