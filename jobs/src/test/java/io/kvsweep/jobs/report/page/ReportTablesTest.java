package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.table.CurveName;
import io.kvsweep.udfs.method.Methods;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables and legends of the page in a browser, and the files that tables are saved as. */
class ReportTablesTest {
  private static Browser browser;
  private static Path files;
  private static URI page;
  private static Dataset<Row> summary;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(program.isPresent(), "no chromium on the PATH: no file of a table is saved");
    files = folder;
    Fixture fixture = Fixture.in(folder.resolve("out"));
    judge(fixture.folder());
    Report.write(
        TestSpark.session(),
        Fixture.store(fixture.folder()),
        "out",
        (option, width, height) -> "<svg width=\"9\" height=\"9\"></svg>");
    summary =
        TestSpark.session()
            .read()
            .parquet(fixture.folder().resolve("tables/summary.parquet").toString());
    browser = new Browser(program.get(), folder.resolve("profile"));
    page = fixture.folder().resolve("report.html").toUri();
  }

  /** A table of claims, of which the page shows those that can be judged first. */
  private static void judge(Path output) throws Exception {
    String sql =
        """
        SELECT value, verdict, rule, system, claim, claimed, measured, source, conditions FROM VALUES
          (double(null), 'not measurable here', 'none', 'A', 'b', '-', '-', 'c', 'd'),
          (0.123456789D, 'holds', 'less, "much"', 'A', 'b', '-', '-', 'c', 'd')
          AS t(value, verdict, rule, system, claim, claimed, measured, source, conditions)""";
    Path parts = output.resolveSibling("claims");
    TestSpark.session().sql(sql).coalesce(1).write().parquet(parts.toString());
    try (Stream<Path> all = Files.list(parts)) {
      Path file =
          all.filter(path -> path.toString().endsWith(".parquet")).findFirst().orElseThrow();
      Files.createDirectories(output.resolve("tables"));
      Files.copy(file, output.resolve("tables/claims.parquet"));
    }
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      assertEquals(List.of(), browser.complaints());
      browser.close();
    }
  }

  private static void show(String fragment) throws InterruptedException {
    browser.open(URI.create(page + "#" + fragment));
  }

  /** What the button of a table saves, as Spark reads it: a field has one number or name. */
  private static Dataset<Row> file(String table) throws Exception {
    return file(table, "model=plain&length=128k&budget=1.5");
  }

  private static Dataset<Row> file(String table, String view) throws Exception {
    show(view);
    String text =
        browser.evaluate(
            """
            (() => {
              const click = HTMLAnchorElement.prototype.click;
              let saved = '';
              HTMLAnchorElement.prototype.click = function () { saved = this.href; };
              document.querySelector('#%s .tools button').click();
              HTMLAnchorElement.prototype.click = click;
              return decodeURIComponent(saved.replace('data:text/csv;charset=utf-8,', ''));
            })()"""
                .formatted(table));
    Path file = Files.writeString(files.resolve(table + ".csv"), text);
    return TestSpark.session()
        .read()
        .options(Map.of("header", "true", "inferSchema", "true", "escape", "\""))
        .csv(file.toString());
  }

  private static Row only(Dataset<Row> rows, String where) {
    List<Row> found = rows.where(where).collectAsList();
    assertEquals(1, found.size(), where);
    return found.get(0);
  }

  private static Row summary(String spec) {
    return only(summary, "model = 'plain' AND method_spec = '%s'".formatted(canonical(spec)));
  }

  private static String canonical(String spec) {
    return Methods.STANDARD.expand(spec).get(0).toString();
  }

  /** The page has six digits. */
  private static void near(Row expected, String name, Row actual, String field) {
    double number = expected.getAs(name);
    assertEquals(number, actual.<Double>getAs(field), 5e-6 * number, field);
  }

  @Test
  void answersAreALinePerModelAndBudget() throws Exception {
    Dataset<Row> best = file("answer-table");
    assertEquals(7 * 3, best.count(), "budgets, models and the line over both");
    assertEquals(7, best.where("model = \"%s\"".formatted(sql(Fixture.HOSTILE))).count());
    Row measured = only(best, "model = 'plain' AND budget_bits = 8");
    assertEquals("key", measured.getAs("compressed"));
    assertEquals("nmse", measured.getAs("metric"));
    assertEquals("128k", measured.getAs("prompt_length"));
    assertEquals("measured", measured.getAs("answer"), "the curve ends at 4 bits");
    assertEquals(canonical("svdq(bits=4)"), measured.getAs("method"));
    assertEquals(4.0, measured.<Double>getAs("bits"));
    near(summary("svdq(bits=4)"), "nmse_mean", measured, "error");
    Row curve = only(best, "model = 'plain' AND budget_bits = 2.5");
    assertEquals("curve", curve.getAs("answer"));
    assertEquals(CurveName.of(canonical("svdq(bits=4)")), curve.getAs("method"));
    assertEquals(2.5, curve.<Double>getAs("bits"));
  }

  private static String sql(String text) {
    return text.replace("\"", "\\\"");
  }

  @Test
  void curvesHaveTheirNearestPoint() throws Exception {
    String curve = CurveName.of(canonical("svdq(bits=4)"));
    Row line = only(file("budgets-table"), "curve = '%s'".formatted(curve));
    assertEquals("plain", line.getAs("model"));
    assertEquals(1.2, line.<Double>getAs("from_bits"));
    assertEquals(4.0, line.<Double>getAs("to_bits"));
    assertNull(line.getAs("error_at_6"), "the curve ends before");
    assertEquals(canonical("svdq(bits=1.25)"), line.getAs("nearest_spec"));
    Row point = summary("svdq(bits=1.25)");
    near(point, "effective_bits_128k", line, "nearest_bits");
    near(point, "nmse_mean", line, "nearest_error");
    near(point, "nmse_geomean", line, "nearest_geomean");
    near(point, "nmse_geomean_low", line, "nearest_geomean_low");
    near(point, "nmse_geomean_high", line, "nearest_geomean_high");
    assertEquals(2, line.<Integer>getAs("nearest_n_prompts"));
  }

  /** At 8 bits svdq(bits=4) is best, and its curve ends before. */
  @Test
  void theBestIsAmongTheRanked() throws Exception {
    Row line = only(file("budgets-table"), "measured_spec IS NOT NULL");
    assertEquals(canonical("svdq(bits=4)"), line.getAs("measured_spec"));
    assertNull(line.getAs("curve"));
    assertEquals(4.0, line.<Double>getAs("from_bits"));
    near(summary("svdq(bits=4)"), "nmse_mean", line, "error_at_8");
    assertNull(line.getAs("error_at_2"), "another is better");
    show("model=plain&length=128k&budget=8");
    String ranked = browser.evaluate("document.getElementById('budgets-table').innerText");
    assertTrue(ranked.contains("\nbest\t"), ranked);
    assertTrue(ranked.contains(Phrase.MEASURED_AT.of("4.00")), ranked);
  }

  @Test
  void configurationsHaveTheirIntervals() throws Exception {
    Dataset<Row> cells = file("cells-table");
    String where = "method_spec = '%s'";
    Row line = only(cells, where.formatted(canonical("rtn(bits=4)")));
    for (String field :
        List.of("nmse_mean", "nmse_geomean_low", "output_error_geomean", "output_error_mean")) {
      near(summary("rtn(bits=4)"), field, line, field);
    }
    assertEquals(3.6, line.<Double>getAs("effective_bits"), "at 128k");
    assertEquals(4, line.<Integer>getAs("n"));
    Row exact = only(cells, where.formatted(canonical("none")));
    assertEquals(0.0, exact.<Double>getAs("nmse_mean"));
    assertNull(exact.getAs("nmse_geomean_low"), "no interval of 0");
  }

  @Test
  void ratiosHaveTheirEnds() throws Exception {
    Dataset<Row> paired = file("paired-table");
    assertEquals(
        "DoubleType", paired.schema().apply("ratio_low").dataType().toString(), "numbers alone");
    List<Row> bounded = paired.where("ratio_low IS NOT NULL").collectAsList();
    assertFalse(bounded.isEmpty());
    for (Row line : bounded) {
      double ratio = line.getAs("ratio");
      assertEquals(ratio, line.<Double>getAs("ratio_low"), 5e-6 * ratio, "one factor everywhere");
      assertEquals(ratio, line.<Double>getAs("ratio_high"), 5e-6 * ratio);
    }
  }

  @Test
  void theHeatMapHasItsNumbers() throws Exception {
    Dataset<Row> heads = file("heads", "model=plain&heat=" + encoded(canonical("rtn(bits=4)")));
    assertEquals(2 * 2, heads.count(), "layers and heads");
    Row line = only(heads, "layer = 1 AND head = 1");
    assertEquals("plain", line.getAs("model"));
    assertEquals("key", line.getAs("compressed"));
    assertEquals(canonical("rtn(bits=4)"), line.getAs("method_spec"));
    assertEquals(2, line.<Integer>getAs("n_prompts"));
    assertEquals(0.1, line.<Double>getAs("nmse"), 1e-6, "0.02 * 2 * 2, times 1.5 on one prompt");
    assertNull(line.getAs("output_error"), "not measured on this head");
    assertEquals(0.25, only(heads, "layer = 1 AND head = 0").<Double>getAs("output_error"), 1e-6);
    show("model=plain&heat=" + encoded(canonical("none")) + "&hide=rtn,svdq,knorm");
    assertEquals("0", browser.evaluate("document.querySelectorAll('#heads .tools').length"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void claimsHaveAllColumnsOfTheirTable() throws Exception {
    List<Row> claims = file("claims", "").collectAsList();
    assertEquals(9, claims.get(0).size());
    assertEquals("holds", claims.get(0).getAs("verdict"), "those that can be judged first");
    assertEquals(0.123457, claims.get(0).<Double>getAs("value"));
    assertEquals("less, \"much\"", claims.get(0).getAs("rule"));
    assertNull(claims.get(1).getAs("value"));
  }

  @Test
  void failedRowsHaveTheirPlaces() throws Exception {
    Row line = only(file("missing", ""), "cells = 4");
    assertEquals(
        canonical("svdq(bits=1.25)") + "; " + canonical("svdq(bits=4)"), line.getAs("methods"));
    assertEquals("key", line.getAs("compressed"));
    assertEquals(Fixture.HOSTILE, line.getAs("models"));
    assertEquals(String.join("; ", Fixture.PROMPTS), line.getAs("prompts"));
    assertEquals(1, line.<Integer>getAs("layers"));
    assertEquals(1, line.<Integer>getAs("messages"));
    assertEquals("broke at <b>" + Fixture.HOSTILE + "</b>", line.getAs("error"));
  }

  /** In charts, legends and tables, light and dark. */
  @Test
  void aCurveLooksTheSameEverywhere() throws Exception {
    show("model=plain&metric=output_error");
    JsonNode looks =
        browser.json(
            """
            [...document.querySelectorAll('#rate-legend svg')].map((svg) => {
              const [line, point] = svg.querySelectorAll('path');
              return [line.getAttribute('stroke'), line.getAttribute('stroke-dasharray'), point.getAttribute('d')];
            })""");
    JsonNode points =
        browser.json(
            """
            kvsweep.charts['rate-chart'].getOption().series.filter((s) => s.data.some((d) => d.point))
              .map((s) => s.itemStyle.color + s.symbol)""");
    JsonNode drawn =
        browser.json(
            """
            kvsweep.charts['rate-chart'].getOption().series.filter((s) => s.data.some((d) => d.point))
              .map((s) => [s.lineStyle.color, s.lineStyle.type === 'solid' ? 'none' : s.lineStyle.type.join(' ')])""");
    assertEquals(4, looks.size());
    for (int i = 0; i < looks.size(); i++) {
      assertEquals(drawn.get(i).get(0), looks.get(i).get(0));
      assertEquals(drawn.get(i).get(1), looks.get(i).get(1));
      for (int j = 0; j < i; j++) {
        assertNotEquals(looks.get(j), looks.get(i));
        // A curve of one point has no dash.
        assertNotEquals(points.get(j), points.get(i));
      }
    }
    String row =
        "document.querySelector('#cells-table .swatch path').getAttribute('stroke-dasharray')";
    assertEquals("6 3", browser.evaluate(row), "knorm, of the fewest bits");
    show("model=plain&hide=rtn,knorm,none");
    assertEquals("0", browser.evaluate("kvsweep.data.styles.amongOthers[1].colour"), "none");
    browser.evaluate("document.getElementById('theme').click()");
    assertEquals("dark", browser.evaluate("document.documentElement.className.slice(-4)"));
    assertEquals(
        "#2FC79A",
        browser.evaluate("document.querySelector('#rate-legend path').getAttribute('stroke')"));
    browser.evaluate("localStorage.clear()");
  }

  @Test
  void fitsAScreen() throws Exception {
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 1400, "height", 900, "deviceScaleFactor", 1, "mobile", false));
    try {
      show("model=plain&metric=output_error");
      assertEquals(
          "",
          browser.evaluate(
              """
              [...document.querySelectorAll('.js .scroll')].filter((box) => box.scrollWidth > box.clientWidth)
                .map((box) => box.parentElement.id).join()"""));
    } finally {
      browser.call("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }

  /** With the colours of the page, and without the button. */
  @Test
  void aChartIsSavedAsAPicture() throws Exception {
    show("model=plain");
    JsonNode light = saved("rate-chart");
    assertEquals("error-against-bits.svg", light.get(0).asText());
    assertTrue(light.get(1).asText().startsWith("<svg"), light.get(1).asText());
    assertTrue(light.get(1).asText().contains("compression factor"));
    assertTrue(light.get(1).asText().contains("fill=\"#fff\""), "paper");
    assertFalse(light.get(1).asText().contains("Save as SVG"));
    assertEquals("layers-and-heads.svg", saved("heat-chart").get(0).asText());
    assertEquals("paired.svg", saved("paired-chart").get(0).asText());
    browser.evaluate("document.getElementById('theme').click()");
    assertTrue(saved("rate-chart").get(1).asText().contains("fill=\"#14171b\""), "dark paper");
    browser.evaluate("localStorage.clear()");
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    assertEquals("0", browser.evaluate(ICON.formatted("rate-chart") + ".length"), "on paper");
    assertEquals(List.of(), browser.requests());
  }

  /** The button of a chart, in its upper right corner. */
  private static final String ICON =
      """
      (() => {
        const box = document.getElementById('%s').getBoundingClientRect();
        return [...document.querySelectorAll('#%1$s path')].map((path) => path.getBoundingClientRect())
          .filter((at) => at.right > box.right - 30 && at.top < box.top + 26 && at.width > 5 && at.width < 30);
      })()""";

  /** Name and text of the file that a click on the button of a chart saves. */
  private static JsonNode saved(String chart) throws Exception {
    browser.evaluate("document.getElementById('%s').scrollIntoView()".formatted(chart));
    browser.evaluate(
        "HTMLAnchorElement.prototype.dispatchEvent = function () { window.saved = [this.download, this.href]; }");
    JsonNode at =
        browser.json(
            ICON.formatted(chart) + ".map((at) => [at.x + at.width / 2, at.y + at.height / 2])[0]");
    for (String type : List.of("mouseMoved", "mousePressed", "mouseReleased")) {
      browser.call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              at.get(0).asDouble(),
              "y",
              at.get(1).asDouble(),
              "button",
              type.equals("mouseMoved") ? "none" : "left",
              "clickCount",
              1));
    }
    return browser.json(
        "[saved[0], decodeURIComponent(saved[1].replace('data:image/svg+xml;charset=UTF-8,', ''))]");
  }

  /** Paper is taken as the page is at the end of the event, not a frame later. */
  @Test
  void chartsFitPaperAtOnce() throws Exception {
    show("model=plain");
    String right =
        """
        Math.max(...[...document.querySelectorAll('#rate-chart path')].map((p) => p.getBoundingClientRect().right))
          - document.getElementById('rate-chart').getBoundingClientRect().left""";
    double screen = Double.parseDouble(browser.evaluate(right));
    assertTrue(screen > 1000, () -> "a wide screen: " + screen);
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    double paper = Double.parseDouble(browser.evaluate(right));
    assertTrue(paper > 600 && paper <= 700, () -> "paper of 700: " + paper);
    browser.evaluate("window.dispatchEvent(new Event('afterprint'))");
    assertEquals(screen, Double.parseDouble(browser.evaluate(right)));
  }
}
