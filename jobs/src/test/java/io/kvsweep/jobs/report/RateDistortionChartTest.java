package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class RateDistortionChartTest {
  private static final EChartsSvg ENGINE = new EChartsSvg();

  private static final List<CurvePoint> POINTS =
      Frontier.mark(
          List.of(
              point("svdq", 1.25, 1.72, 0.017),
              point("svdq", 2, 2.47, 0.0089),
              point("rtn", 2, 2.02, 0.081),
              point("rtn", 8, 8.02, 1.13e-5),
              point("none", 16, 16.01, 0)));

  private static CurvePoint point(String method, double nominal, double effective, double error) {
    return new CurvePoint(
        method, method + "(bits=" + nominal + ")", nominal, effective, error, false);
  }

  private static Map<String, Object> option(List<CurvePoint> points) {
    return picture(points).option();
  }

  private static RateDistortionChart.Picture picture(List<CurvePoint> points) {
    return RateDistortionChart.picture(
        "Keys",
        "two captures",
        SummaryMetric.NMSE,
        points,
        CurveStyles.of(
            points.stream().map(p -> new CurveStyles.Curve(p.method(), p.method())).toList()));
  }

  private static JsonNode series(List<CurvePoint> points) throws Exception {
    return new JsonMapper().readTree(EChartsSvg.json(option(points))).get("series");
  }

  private static Document draw(List<CurvePoint> points) throws Exception {
    RateDistortionChart.Picture picture = picture(points);
    String svg = ENGINE.render(picture.option(), picture.width(), picture.height());
    assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
    return EChartsSvgTest.parse(svg);
  }

  private static Set<String> texts(Document svg) {
    Set<String> texts = new HashSet<>();
    for (int i = 0; i < svg.getElementsByTagName("text").getLength(); i++) {
      texts.add(svg.getElementsByTagName("text").item(i).getTextContent());
    }
    return texts;
  }

  @Test
  void everyPointIsInTheOptionsWithItsNumbers() throws Exception {
    Set<String> found = new HashSet<>();
    for (JsonNode series : series(POINTS)) {
      for (JsonNode datum : series.get("data")) {
        if (datum.has("name")) {
          JsonNode v = datum.get("value");
          assertEquals(v.get(0).asDouble(), v.get(2).asDouble());
          found.add(
              new CurvePoint(
                      series.get("name").asText(),
                      datum.get("name").asText(),
                      v.get(3).asDouble(),
                      v.get(2).asDouble(),
                      v.get(4).asDouble(),
                      false)
                  .toString());
        }
      }
    }
    Set<String> expected = new HashSet<>();
    for (CurvePoint p : POINTS) {
      expected.add(point(p.method(), p.nominalBits(), p.effectiveBits(), p.error()).toString());
    }
    assertEquals(expected, found);
  }

  @Test
  void pictureNamesMethodsAxesAndTheBetterCorner() throws Exception {
    Document svg = draw(POINTS);
    Set<String> texts = texts(svg);
    for (String text :
        List.of(
            "Keys",
            "two captures",
            "normalised mean squared error (nmse)",
            "svdq",
            "rtn",
            "none",
            "frontier",
            "1.25",
            "measured bits per value, side information included",
            "Lower left is better.",
            "2",
            "3",
            "4",
            "6",
            "8",
            "16",
            "8×",
            "0.01",
            "1e-5")) {
      assertTrue(texts.contains(text), text + " is not among " + texts);
    }
    String description = svg.getElementsByTagName("desc").item(0).getTextContent();
    assertTrue(description.startsWith("5 configurations, error (nmse) against"), description);
    assertTrue(description.contains("svdq(bits=1.25) (1.72 bits, error 0.017)"), description);
  }

  @Test
  void errorOfZeroIsDrawnOnTheLowerEdge() throws Exception {
    assertTrue(texts(draw(POINTS)).containsAll(Set.of("0", "Error 0 = exact, drawn")));
    JsonNode exact = series(POINTS).get(2).get("data").get(0);
    assertEquals("none(bits=16.0)", exact.get("name").asText());
    assertTrue(exact.get("value").get(1).asDouble() > 0);
    assertTrue(exact.get("value").get(1).asDouble() < 1.13e-5);
    assertEquals(0, exact.get("value").get(4).asDouble());
    // And without such a point there is no such edge.
    assertFalse(texts(draw(POINTS.subList(0, 4))).contains("0"));
  }

  /** It squashes no other, and the exact one stays on the frontier. */
  @Test
  void roundingIsHollowOnALevelOfItsOwn() throws Exception {
    List<CurvePoint> points = new ArrayList<>(POINTS);
    points.add(point("shadow", 16, 9, 1e-31));
    points = Frontier.mark(points);
    assertTrue(texts(draw(points)).containsAll(Set.of("0", "< 1.46e-11", "Hollow: error below")));
    JsonNode series = series(points);
    JsonNode hollow = series.get(4).get("data").get(0);
    assertEquals("shadow(bits=16.0)", hollow.get("name").asText());
    assertEquals("#FFFFFF", hollow.get("itemStyle").get("color").asText());
    assertEquals(1e-31, hollow.get("value").get(4).asDouble(), "the number itself");
    double drawn = hollow.get("value").get(1).asDouble();
    assertTrue(drawn > 1e-9 && drawn < 1.13e-5, () -> "drawn at " + drawn);
    JsonNode exact = series.get(2).get("data").get(0);
    assertFalse(exact.get("itemStyle").get("color").asText().equals("#FFFFFF"));
    JsonNode corners = series.get(1).get("data");
    assertEquals(2 * 5 + 1, corners.size());
    assertEquals(16.01, corners.get(8).get(0).asDouble());
    assertEquals(drawn, corners.get(8).get(1).asDouble(), "down from rounding");
    assertEquals(exact.get("value").get(1), corners.get(9).get(1), "to exact");
  }

  @Test
  void frontierDescendsInSteps() throws Exception {
    JsonNode corners = series(POINTS).get(1).get("data");
    for (int i = 1; i < corners.size(); i++) {
      boolean level = corners.get(i).get(1).equals(corners.get(i - 1).get(1));
      boolean upright = corners.get(i).get(0).equals(corners.get(i - 1).get(0));
      assertTrue(level != upright, corners.toString());
      assertTrue(corners.get(i).get(1).asDouble() <= corners.get(i - 1).get(1).asDouble());
    }
    assertEquals(2 * 4 + 1, corners.size());
  }

  /** Whatever else is in a picture, and in whatever order. */
  @Test
  void aMethodKeepsItsColour() throws Exception {
    for (List<CurvePoint> points : List.of(POINTS, POINTS.subList(0, 4))) {
      for (JsonNode curve : series(points)) {
        if (curve.get("name").asText().equals("svdq")) {
          assertEquals("#009E73", curve.get("lineStyle").get("color").asText());
          assertEquals("diamond", curve.get("symbol").asText());
        }
      }
    }
  }

  @Test
  void onePointIsEnough() throws Exception {
    assertTrue(texts(draw(POINTS.subList(0, 1))).contains("svdq"));
    assertTrue(texts(draw(List.of(point("none", 16, 16, 0)))).contains("none"));
  }

  /** A picture is as wide and as high as its legend needs; its plot stays as it is. */
  @Test
  void namesAreWholeAndApart() throws Exception {
    RateDistortionChart.Picture usual = picture(POINTS);
    assertEquals(RateDistortionChart.WIDTH, usual.width());
    assertEquals(RateDistortionChart.HEIGHT, usual.height());
    String name = "svdq(schedule=8-4-2-1-1-0-0-0,group=0,levels=endpoints)";
    List<CurvePoint> points = new ArrayList<>(List.of(point(name, 1, 2, 0.1)));
    for (int i = 0; i < 39; i++) {
      points.add(point("method%02d".formatted(i), 2, 2 + i / 10.0, 0.01));
    }
    RateDistortionChart.Picture picture = picture(points);
    Document svg = draw(points);
    assertTrue(texts(svg).contains(name), "not cut off");
    // Text begins at 742 and right of its mark; DejaVu Sans has about 7 pixels to a letter.
    assertTrue(picture.width() > 742 + 31 + 7 * name.length(), () -> "width " + picture.width());
    JsonNode options = new JsonMapper().readTree(EChartsSvg.json(picture.option()));
    double pitch = options.get("legend").get("itemGap").asDouble() + 13;
    double reading = options.get("graphic").get(1).get("y").asDouble();
    assertTrue(pitch >= 15, "lines apart");
    assertTrue(108 + 41 * pitch <= reading, "names end above the words");
    assertTrue(reading + 16 * 4 < picture.height(), "which are in the picture");
    assertEquals(640, options.get("grid").get("width").asInt());
  }

  @Test
  void manyMethodsAndCrowdedPointsAreDrawn() throws Exception {
    Random random = new Random(7);
    List<CurvePoint> points = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      double bits = 1 + i % 8;
      points.add(
          point(
              "method" + i / 8,
              bits,
              bits + random.nextDouble(),
              Math.pow(4, -bits) * (1 + random.nextDouble())));
    }
    assertTrue(texts(draw(Frontier.mark(points))).contains("method14"));
  }

  @Test
  void orderOfThePointsDoesNotMatter() {
    List<CurvePoint> reversed = new ArrayList<>(POINTS);
    Collections.reverse(reversed);
    assertEquals(EChartsSvg.json(option(POINTS)), EChartsSvg.json(option(reversed)));
  }

  @Test
  void nothingToDrawIsSaid() {
    InvalidInputException e = assertThrows(InvalidInputException.class, () -> option(List.of()));
    assertEquals(
        "There is nothing to draw: 'Keys' has no measured configuration. Run a sweep first, or"
            + " look at the errors of its failed rows.",
        e.getMessage());
  }

  @Test
  void pointsWithoutPlaceAreRefused() {
    for (double error : new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> point("rtn", 2, 2.1, error));
      assertEquals(
          "A point needs finite bits > 0 and a finite error >= 0, but rtn(bits=2.0) has 2.1 bits"
              + " and error "
              + error,
          e.getMessage());
    }
  }
}
