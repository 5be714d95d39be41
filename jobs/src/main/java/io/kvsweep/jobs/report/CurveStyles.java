package io.kvsweep.jobs.report;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Styles of curves. The colour is that of the family, by its place in the registry and whatever
 * else was measured, so that two reports can be read side by side; shape and dash tell the curves
 * of a family apart. Where one family alone is shown, its curves differ by colour too.
 *
 * <p>No two curves are alike among 21 families of up to 12 curves, nor among the first 84 of a
 * family that is shown alone. A curve of one point has no dash: colour and shape are enough among
 * 14 families (those of the registry, and pairs) of up to 6 curves.
 */
public final class CurveStyles {
  /** In pictures that compare others it is one point, and no family of its own. */
  public static final String BASELINE = "none";

  /** The registry knows it as a way to write two methods. */
  private static final String PAIR = "pair";

  private static final List<String> ORDER =
      Stream.concat(Methods.STANDARD.methods().stream().map(Method::name), Stream.of(PAIR))
          .toList();

  /** By turns for the families of a colour. */
  private static final List<List<Integer>> DASHES =
      List.of(
          List.of(),
          List.of(6, 3),
          List.of(2, 2),
          List.of(8, 3, 2, 3),
          List.of(12, 3),
          List.of(10, 2, 2, 2, 2, 2));

  private static final int LAPS = 3;

  /**
   * A curve to be drawn.
   *
   * @param name sorts the curves of a family: the short one, by which the plain method is first
   * @param family the codec, or the selector before it
   */
  public record Curve(String name, String family) {}

  private CurveStyles() {}

  /** Styles by name, as a whole report of these curves shows them. */
  public static Map<String, CurveStyle> of(Collection<Curve> curves) {
    long families =
        curves.stream()
            .map(Curve::family)
            .filter(family -> !family.equals(BASELINE))
            .distinct()
            .count();
    return families == 1 ? alone(curves) : amongOthers(curves);
  }

  /** Styles by name where several families are shown. */
  public static Map<String, CurveStyle> amongOthers(Collection<Curve> curves) {
    return styles(curves, false);
  }

  /** Styles by name where the family of a curve is shown alone, or with the baseline. */
  public static Map<String, CurveStyle> alone(Collection<Curve> curves) {
    return styles(curves, true);
  }

  private static Map<String, CurveStyle> styles(Collection<Curve> curves, boolean alone) {
    TreeMap<String, TreeSet<String>> byFamily = new TreeMap<>();
    for (Curve curve : curves) {
      byFamily.computeIfAbsent(curve.family(), k -> new TreeSet<>()).add(curve.name());
    }
    List<String> order = new ArrayList<>(ORDER);
    byFamily.keySet().stream().filter(family -> !ORDER.contains(family)).forEach(order::add);
    Map<String, CurveStyle> styles = new HashMap<>();
    byFamily.forEach(
        (family, names) -> {
          int index = 0;
          for (String name : names) {
            boolean byItself = alone && !family.equals(BASELINE);
            styles.put(name, style(order.indexOf(family), index, byItself));
            index++;
          }
        });
    return styles;
  }

  private static CurveStyle style(int family, int index, boolean alone) {
    int colours = ChartStyle.COLOURS.size();
    int shapes = ChartStyle.SHAPES.size();
    int half = shapes / 2;
    int lap = family / colours;
    if (alone) {
      return new CurveStyle(
          (family + index) % colours,
          ChartStyle.SHAPES.get((half * lap + family % half + index) % shapes),
          DASHES.get(lap % DASHES.size()));
    }
    return new CurveStyle(
        family % colours,
        ChartStyle.SHAPES.get((half * (lap + index / half) + (family + index) % half) % shapes),
        DASHES.get((lap + LAPS * (index / half)) % DASHES.size()));
  }
}
