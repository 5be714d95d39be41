package io.kvsweep.jobs.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.RhinoException;
import org.mozilla.javascript.Script;
import org.mozilla.javascript.ScriptableObject;

/**
 * Draws a chart as SVG: Apache ECharts, rendering on the "server", in a JavaScript interpreter
 * within this JVM. The options are the same data that an interactive page would get. No browser, no
 * display, no fonts are needed, and the same options give the same bytes.
 *
 * <p>Creating one costs about two seconds (it reads a megabyte of script), each picture less than
 * one.
 */
public final class EChartsSvg {
  private static final String LIBRARY = "/META-INF/resources/webjars/echarts/%s/echarts.min.js";

  /** Tells the version, which is part of the script's path. */
  private static final String PROPERTIES = "/META-INF/maven/org.webjars/echarts/pom.properties";

  /** Sorted, so that the text does not depend on the iteration order of a map. */
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  /** What a browser has and ECharts asks for when it loads. Nothing ever runs later here. */
  private static final String BROWSER =
      "var setTimeout = function () { return 0; }, clearTimeout = function () {},"
          + " setInterval = setTimeout, clearInterval = clearTimeout;";

  private static final String RENDER =
      "(function () {"
          + " var chart = echarts.init(null, null,"
          + " {renderer: 'svg', ssr: true, width: width, height: height});"
          + " chart.setOption(JSON.parse(option));"
          + " return chart.renderToSVGString(); })()";

  private final Script library;

  /** Reads the chart library. */
  public EChartsSvg() {
    try (Context context = enter()) {
      library = context.compileString(library(), "echarts.min.js", 1, null);
    } catch (RhinoException e) {
      throw new ChartException("The chart library does not load: " + place(e), e);
    }
  }

  /** The script of the chart library, for pages that draw the same options interactively. */
  public static String library() {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(resource(PROPERTIES)));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + PROPERTIES, e);
    }
    return resource(LIBRARY.formatted(properties.getProperty("version")));
  }

  private static String resource(String name) {
    try (InputStream in = EChartsSvg.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The job jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name, e);
    }
  }

  /** The options as JSON, keys in order. */
  static String json(Map<String, ?> option) {
    try {
      return JSON.writeValueAsString(option);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Chart options must be plain data: " + e.getMessage(), e);
    }
  }

  /**
   * Draws one chart. Its title and its {@code aria} description, if any, become those of the SVG.
   *
   * @param option ECharts options: maps, lists, strings, numbers, booleans
   * @throws ChartException if the engine fails
   */
  public String render(Map<String, ?> option, int width, int height) {
    // ECharts writes the description into the page's element, and there is none here.
    Map<String, Object> drawn = new HashMap<>(option);
    drawn.remove("aria");
    String json = json(drawn);
    try (Context context = enter()) {
      // A fresh scope each time: ECharts numbers its elements, and the numbers are in the SVG.
      ScriptableObject scope = context.initSafeStandardObjects();
      context.evaluateString(scope, BROWSER, "browser.js", 1, null);
      library.exec(context, scope);
      ScriptableObject.putProperty(scope, "option", json);
      ScriptableObject.putProperty(scope, "width", width);
      ScriptableObject.putProperty(scope, "height", height);
      Object svg = context.evaluateString(scope, RENDER, "render.js", 1, null);
      return finished(Context.toString(svg), option);
    } catch (RhinoException e) {
      throw new ChartException("The chart engine failed: " + place(e), e);
    }
  }

  private static Context enter() {
    Context context = Context.enter();
    // Interpreted: some functions of the library are too long for a method of a Java class.
    context.setOptimizationLevel(-1);
    context.setLanguageVersion(Context.VERSION_ES6);
    return context;
  }

  private static String place(RhinoException e) {
    return e.details() + " (" + e.sourceName() + ":" + e.lineNumber() + ")";
  }

  /** Adds what a screen reader says, and places text in a way that every program knows. */
  private static String finished(String svg, Map<String, ?> option) {
    String title = text(option, "title", "text");
    String description = text(option, "aria", "label", "description");
    int end = svg.indexOf('>');
    return svg.substring(0, end)
        + " role=\"img\">\n"
        + (title.isEmpty() ? "" : "<title>" + escape(title) + "</title>\n")
        + (description.isEmpty() ? "" : "<desc>" + escape(description) + "</desc>\n")
        // Many programs other than browsers do not know the attribute; the shift is what it means.
        + svg.substring(end + 1)
            .stripLeading()
            .replace("dominant-baseline=\"central\"", "dy=\"0.35em\"");
  }

  private static String text(Object node, String... path) {
    for (String key : path) {
      node = node instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return node instanceof String s ? s : "";
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
