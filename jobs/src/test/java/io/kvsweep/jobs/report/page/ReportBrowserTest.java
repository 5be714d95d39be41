package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.report.EChartsSvg;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in headless Chromium, without a network. Skipped where there is no such browser. */
class ReportBrowserTest {
  private static Browser browser;
  private static Fixture fixture;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(
        program.isPresent(),
        "no chromium on the PATH (Debian: apt-get install chromium): the report is not looked at in a browser");
    fixture = Fixture.in(folder.resolve("out"));
    Report.write(TestSpark.session(), Fixture.store(fixture.folder()), "out", new EChartsSvg());
    browser = new Browser(program.get(), folder.resolve("profile"));
    browser.call(
        "Network.emulateNetworkConditions",
        Map.of("offline", true, "latency", 0, "downloadThroughput", 0, "uploadThroughput", 0));
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @AfterEach
  void quiet() {
    assertEquals(List.of(), browser.complaints());
    assertEquals(List.of(), browser.requests());
  }

  private static void show(String fragment) throws InterruptedException {
    URI page = fixture.folder().resolve("report.html").toUri();
    browser.open(fragment.isEmpty() ? page : URI.create(page + "#" + fragment));
  }

  @Test
  void everyPlottedNumberIsInTheTables() throws Exception {
    int checked = 0;
    for (String metric : List.of("nmse", "output_error")) {
      for (String length : List.of("captured", "128k")) {
        show("model=plain&metric=" + metric + "&length=" + length);
        List<Row> summary =
            TestSpark.session()
                .read()
                .parquet(fixture.folder().resolve("tables/summary.parquet").toString())
                .where("model = 'plain'")
                .collectAsList();
        JsonNode series = browser.json("kvsweep.charts['rate-chart'].getOption().series");
        for (JsonNode curve : series) {
          for (JsonNode point : curve.path("data")) {
            if (point.has("name")) {
              Row row = row(summary, point.path("name").asText());
              String bits = length.equals("captured") ? "effective_bits" : "effective_bits_128k";
              near(row.<Double>getAs(bits), point.path("value").get(0));
              double error = row.<Double>getAs(metric + "_mean");
              if (error > 0) {
                near(error, point.path("value").get(1));
              } else {
                near(0, point.path("point").path("error"));
              }
              checked++;
            }
          }
        }
      }
    }
    assertEquals(2 * 5 + 2 * 6, checked, "the selector only in output_error");
    JsonNode bars =
        browser.json(
            "kvsweep.charts['rate-chart'].getOption().series.filter(s => s.name === 'intervals')[0].data");
    assertEquals(5, bars.size(), "all but the exact baseline");
    // A wide interval may pass the axes, which are of the points.
    assertEquals(
        "true",
        browser.evaluate(
            "kvsweep.charts['rate-chart'].getOption().series.find(s => s.name === 'intervals').clip"));
  }

  /** The steps are said to be over all methods. */
  @Test
  void hidingAFamilyLeavesTheFrontier() throws Exception {
    show("model=plain");
    List<Double> all = frontierBits();
    show("model=plain&hide=svdq");
    assertEquals(all.subList(0, all.size() - 1), frontierBits().subList(0, all.size() - 1));
    assertTrue(all.contains(1.5), () -> "svdq is on it: " + all);
    String view = browser.evaluate("document.getElementById('answer-view').textContent");
    assertTrue(view.contains("also those hidden"), view);
  }

  /** Where the steps have their corners; the last one is the edge of the picture. */
  private static List<Double> frontierBits() throws Exception {
    List<Double> bits = new ArrayList<>();
    for (JsonNode corner :
        browser.json(
            "kvsweep.charts['rate-chart'].getOption().series.find(s => s.name === 'frontier').data")) {
      bits.add(corner.get(0).asDouble());
    }
    return bits;
  }

  private static Row row(List<Row> summary, String spec) {
    return summary.stream()
        .filter(row -> row.<String>getAs("method_spec").equals(spec))
        .findFirst()
        .orElseThrow();
  }

  /** The page has six digits. */
  private static void near(double expected, JsonNode actual) {
    assertEquals(expected, actual.asDouble(), 5e-6 * expected);
  }

  /** Two prompts of two layers: an interval is that of the number before it. */
  @Test
  void intervalsHoldTheGeometricMeanBesideThem() throws Exception {
    show("model=plain");
    List<String> texts = new ArrayList<>();
    for (String table : List.of("budgets", "cells")) {
      texts.add(browser.evaluate("document.getElementById('" + table + "-table').innerText"));
    }
    texts.add(
        browser.evaluate(
            """
            (() => {
              const { series, tooltip } = kvsweep.charts['rate-chart'].getOption();
              const data = series.flatMap((s) => s.data).filter((d) => d.point && d.point.error > 0);
              return data.map((point) => tooltip[0].formatter({ data: point }).innerText).join();
            })()"""));
    for (String text : texts) {
      Matcher interval = Pattern.compile("([0-9.]+) \\(([0-9.]+) to ([0-9.]+)\\)").matcher(text);
      int found = 0;
      for (; interval.find(); found++) {
        double middle = Double.parseDouble(interval.group(1));
        assertTrue(Double.parseDouble(interval.group(2)) <= middle, interval.group());
        assertTrue(Double.parseDouble(interval.group(3)) >= middle, interval.group());
      }
      assertTrue(found > 1, text);
    }
    assertTrue(texts.get(0).contains("n 4 cells, 2 prompts"), texts.get(0));
    assertTrue(texts.get(2).contains("n 4 cells, 2 prompts"), texts.get(2));
  }

  @Test
  void wordsBelowThePictureAreOfWhatIsDrawn() throws Exception {
    show("model=plain");
    String drawn = browser.evaluate("document.getElementById('rate-how').innerText");
    assertTrue(drawn.contains("Dashed: ") && drawn.contains("Bars: "), drawn);
    show("model=plain&hide=rtn,svdq,knorm");
    String alone = browser.evaluate("document.getElementById('rate-how').innerText");
    assertTrue(alone.contains("a line takes two points"), alone);
    assertTrue(alone.contains("No interval bars: an error that is 0 has no logarithm."), alone);
  }

  /**
   * What lacks cells is no match for what has them, and a reference that is out of sight is not
   * named.
   */
  @Test
  void whatIsDrawnSaysWhatItIs() throws Exception {
    show("model=" + URLEncoder.encode(Fixture.HOSTILE, StandardCharsets.UTF_8));
    JsonNode points =
        browser.json(
            """
            kvsweep.charts['rate-chart'].getOption().series.flatMap((s) => s.data).filter((d) => d.point)
              .map((d) => [d.point.spec.shortName, d.itemStyle ? d.itemStyle.borderColor : '', d.label ? d.label.formatter : ''])""");
    assertEquals(5, points.size());
    String grey = browser.evaluate("kvsweep.palette().soft");
    for (JsonNode point : points) {
      boolean lacks = point.get(0).asText().startsWith("svdq");
      assertEquals(lacks ? grey : "", point.get(1).asText(), point.toString());
      assertEquals(lacks ? "2 of 4 cells" : "", point.get(2).asText(), point.toString());
    }
    String how = browser.evaluate("document.getElementById('rate-how').innerText");
    assertTrue(
        how.contains(
            "not on the frontier: svdq(bits=1.25), 2 of 4 cells; svdq(bits=4), 2 of 4 cells."),
        how);
    assertFalse(drawnWithLimit(1e-7).contains("Dashed: "));
    assertTrue(drawnWithLimit(1e-7).contains("it lies far from all that was measured"));
    assertTrue(drawnWithLimit(0.003).contains("Dashed: "));
    assertTrue(
        Double.parseDouble(
                browser.evaluate("kvsweep.charts['rate-chart'].getOption().yAxis[0].min"))
            < 0.003);
  }

  private static String drawnWithLimit(double error) throws Exception {
    show("model=plain");
    browser.evaluate("kvsweep.cells.forEach((c) => { c.limit_nmse = %s; })".formatted(error));
    browser.evaluate("document.getElementById('theme').click()");
    browser.evaluate("localStorage.clear()");
    return browser.evaluate("document.getElementById('rate-how').innerText");
  }

  @Test
  void theAddressRestoresTheView() throws Exception {
    show("");
    String first = browser.evaluate("document.getElementById('answer-view').textContent");
    browser.evaluate(
        """
        (() => {
          const set = (name, index) => {
            const box = document.querySelector(`#filters [name=${name}]`);
            box.value = index;
            box.dispatchEvent(new Event('change', { bubbles: true }));
          };
          set('model', 0); set('metric', 4); set('length', 2); set('budget', 3);
          [...document.querySelectorAll('#families button')].find((b) => b.textContent === 'rtn').click();
          document.querySelector('#cells-table button.row').click();
          document.querySelector('nav a[href="#cells"]').click();
        })()""");
    String fragment = browser.evaluate("location.hash.slice(1)");
    String seen = seen();
    assertFalse(seen.contains(first));
    assertTrue(fragment.contains("metric=output_error"), fragment);
    show("");
    assertTrue(seen().contains(first), "a fresh page shows the first view");
    show(fragment);
    assertEquals(seen, seen());
    assertEquals(
        "true", browser.evaluate("document.querySelector('#cells-table button.row').ariaExpanded"));
    assertEquals(
        "false",
        browser.evaluate(
            "[...document.querySelectorAll('#families button')].find((b) => b.textContent === 'rtn').ariaPressed"));
  }

  private static String seen() throws InterruptedException {
    return browser.evaluate("document.querySelector('main').innerText");
  }

  @Test
  void namesAreText() throws Exception {
    show("");
    assertEquals(
        "0",
        browser.evaluate(
            "document.images.length + document.querySelectorAll('main script').length"));
    assertTrue(
        browser.evaluate("document.body.innerText").contains("<img src=x onerror=alert(2)>"));
    // The commands are those that a shell splits into the words that were meant.
    String command = browser.evaluate("kvsweep.command(kvsweep.cells.find((c) => c.model === 0))");
    List<String> words = ShellCommandTest.words(command);
    assertEquals(
        List.of("./kvsweep", "sweep", "--dataset", "my data", "--out", "rerun"),
        words.subList(0, 6));
    assertTrue(words.contains("models=['" + Fixture.HOSTILE.replace("'", "''") + "']"), command);
  }

  @Test
  void withoutScriptsTablesAndPicturesAreThere() throws Exception {
    show("");
    String answers = browser.evaluate("document.querySelector('#answer-table table').innerText");
    String spectra = browser.evaluate("document.querySelector('#spectra').innerText");
    assertTrue(spectra.contains("No spectra"), spectra);
    // Scripts of the page alone are off; DevTools still asks.
    browser.call("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    try {
      show("");
      assertEquals("1", browser.evaluate("document.querySelectorAll('noscript').length"));
      assertEquals(
          "0", browser.evaluate("document.querySelectorAll('#filters:not(.js-only)').length"));
      assertEquals(
          "none", browser.evaluate("getComputedStyle(document.getElementById('filters')).display"));
      assertEquals(
          answers, browser.evaluate("document.querySelector('#answer-table table').innerText"));
      assertEquals("2", browser.evaluate("document.querySelectorAll('figure.static svg').length"));
      assertTrue(
          Integer.parseInt(browser.evaluate("document.querySelectorAll('table').length")) > 10);
    } finally {
      browser.call("Emulation.setScriptExecutionDisabled", Map.of("value", false));
    }
  }

  @Test
  void fitsAPhoneAndDarkRooms() throws Exception {
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 400, "height", 800, "deviceScaleFactor", 1, "mobile", true));
    browser.call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    try {
      show("");
      assertEquals("400", browser.evaluate("document.documentElement.scrollWidth"));
      assertEquals(
          "rgb(20, 23, 27)", browser.evaluate("getComputedStyle(document.body).backgroundColor"));
      browser.evaluate("document.getElementById('theme').click()");
      assertEquals(
          "rgb(255, 255, 255)",
          browser.evaluate("getComputedStyle(document.body).backgroundColor"));
      browser.evaluate("localStorage.clear()");
    } finally {
      browser.call("Emulation.clearDeviceMetricsOverride", Map.of());
      browser.call("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    }
  }
}
