package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.kvsweep.jobs.report.CurveStyles.Curve;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CurveStylesTest {
  private static List<Curve> curves(String family, int count) {
    List<Curve> curves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      curves.add(new Curve("%s(%02d)".formatted(family, i), family));
    }
    return curves;
  }

  /** 21 families: those of the registry, pairs, and some of another version. */
  @Test
  void noTwoCurvesAreAlike() {
    List<String> families =
        new ArrayList<>(Methods.STANDARD.methods().stream().map(Method::name).toList());
    families.add("pair");
    for (int i = families.size(); i < 21; i++) {
      families.add("later" + i);
    }
    List<Curve> many = new ArrayList<>();
    families.forEach(family -> many.addAll(curves(family, 12)));
    Map<String, CurveStyle> styles = CurveStyles.of(many);
    assertEquals(21 * 12, styles.size());
    assertEquals(21 * 12, new HashSet<>(styles.values()).size());
  }

  /** A curve of one point shows no dash. */
  @Test
  void noTwoPointsAreAlikeAmongTheFamiliesOfTheRegistry() {
    List<String> families =
        new ArrayList<>(Methods.STANDARD.methods().stream().map(Method::name).toList());
    families.add("pair");
    List<Curve> many = new ArrayList<>();
    families.forEach(family -> many.addAll(curves(family, 6)));
    assertEquals(
        6 * families.size(),
        CurveStyles.of(many).values().stream()
            .map(style -> style.colour() + style.shape())
            .distinct()
            .count());
  }

  @Test
  void aFamilyAloneHasManyColours() {
    List<Curve> curves = curves("rtn", 84);
    Map<String, CurveStyle> alone = CurveStyles.of(curves);
    assertEquals(
        84,
        alone.values().stream().map(style -> style.colour() + style.shape()).distinct().count());
    assertEquals(84, new HashSet<>(alone.values()).size());
    assertEquals(7, alone.values().stream().map(CurveStyle::colour).distinct().count());
    curves.add(new Curve("none", "none"));
    Map<String, CurveStyle> withBaseline = CurveStyles.of(curves);
    assertEquals(0, withBaseline.remove("none").colour());
    assertEquals(alone, withBaseline, "the baseline is no other family");
    curves.add(new Curve("kivi", "kivi"));
    CurveStyle first = alone.get("rtn(00)");
    assertEquals(first, CurveStyles.of(curves).get("rtn(00)"), "by itself and among others");
    assertNotEquals(first.colour(), alone.get("rtn(01)").colour());
    assertEquals(first.colour(), CurveStyles.of(curves).get("rtn(01)").colour());
  }

  /** The plain method sorts before its variants. */
  @Test
  void aMethodLooksTheSameInEveryReport() {
    CurveStyle svdq = CurveStyles.of(List.of(new Curve("svdq", "svdq"))).get("svdq");
    List<Curve> more = curves("rtn", 3);
    more.addAll(curves("aqua", 2));
    more.add(new Curve("svdq(heads=each)", "svdq"));
    more.add(new Curve("svdq", "svdq"));
    assertEquals(svdq, CurveStyles.of(more).get("svdq"));
    assertEquals(new CurveStyle(3, "diamond", List.of()), svdq);
  }
}
