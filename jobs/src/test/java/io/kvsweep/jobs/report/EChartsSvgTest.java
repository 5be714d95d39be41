package io.kvsweep.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class EChartsSvgTest {
  private static final EChartsSvg ENGINE = new EChartsSvg();

  private static final Map<String, Object> OPTION =
      Map.of(
          "title", Map.of("text", "a < b & c"),
          "aria", Map.of("label", Map.of("description", "two > one")),
          "animation", false,
          "xAxis", Map.of("type", "log"),
          "yAxis", Map.of("type", "log"),
          "series", List.of(Map.of("type", "line", "data", List.of(List.of(1, 2), List.of(4, 3)))));

  static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void drawsWellFormedSvgOfTheAskedSizeThatSaysWhatItIs() throws Exception {
    Document svg = parse(ENGINE.render(OPTION, 300, 200));
    assertEquals("svg", svg.getDocumentElement().getTagName());
    assertEquals("300", svg.getDocumentElement().getAttribute("width"));
    assertEquals("200", svg.getDocumentElement().getAttribute("height"));
    assertEquals("a < b & c", svg.getElementsByTagName("title").item(0).getTextContent());
    assertEquals("two > one", svg.getElementsByTagName("desc").item(0).getTextContent());
  }

  @Test
  void sameOptionsGiveSameBytes() {
    String first = ENGINE.render(OPTION, 300, 200);
    assertEquals(first, ENGINE.render(OPTION, 300, 200));
    assertEquals(first, new EChartsSvg().render(OPTION, 300, 200));
  }

  @Test
  void failureOfTheEngineCarriesItsOwnWords() {
    Map<String, Object> option =
        Map.of(
            "xAxis", Map.of(),
            "yAxis", Map.of(),
            "series", List.of(Map.of("type", "line", "xAxisIndex", 5)));
    ChartException e = assertThrows(ChartException.class, () -> ENGINE.render(option, 300, 200));
    assertTrue(e.getMessage().startsWith("The chart engine failed: TypeError: "), e.getMessage());
    assertTrue(e.getMessage().contains("(echarts.min.js:"), e.getMessage());
    // The engine is still good.
    assertTrue(ENGINE.render(OPTION, 300, 200).endsWith("</svg>"));
  }

  @Test
  void optionsThatAreNotDataAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ENGINE.render(Map.of("title", new Object()), 300, 200));
    assertTrue(e.getMessage().startsWith("Chart options must be plain data: "), e.getMessage());
  }
}
