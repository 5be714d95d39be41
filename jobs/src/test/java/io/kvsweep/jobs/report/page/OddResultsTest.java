package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Results that lack what a page is about: it says so, in words, and no script fails. */
class OddResultsTest {
  private static final Map<String, Fixture> PAGES = new LinkedHashMap<>();

  @BeforeAll
  static void write(@TempDir Path folder) {
    ResultRow one = row("m", "rtn(bits=2)", 0.1).build();
    page(folder, "one", List.of(one));
    page(
        folder,
        "failed",
        List.of(
            failed("m", "rtn(bits=2)", "no luck at all"),
            failed("n", "rtn(bits=3)", "no luck at all")));
    List<ResultRow> reasons = new ArrayList<>();
    for (int bits = 2; bits < 8; bits++) {
      reasons.add(failed("m", "rtn(bits=" + bits + ")", "the same"));
    }
    for (int group = 2; group < 24; group++) {
      reasons.add(
          failed("m", "kivi(bits=2,group=" + group + ")", "odd at " + (char) ('a' + group)));
    }
    page(folder, "reasons", reasons);
    page(
        folder,
        "selectors",
        List.of(
            row("m", "knorm(budget=0.5) | rtn(bits=4)", 0.1)
                .set(ResultColumn.OUTPUT_ERROR, 0.2)
                .build(),
            row("m", "shadowkv(budget=0.5) | none", 0)
                .set(ResultColumn.OUTPUT_ERROR, 1e-31)
                .build(),
            row("m", "knorm(budget=0.5) | rtn(bits=4)", 0.1)
                .set(ResultColumn.KIND, "value")
                .set(ResultColumn.CELL_ID, "values")
                .build()));
    page(
        folder,
        "uneven",
        List.of(
            sized("m", "rtn(bits=2)", 0.01, 10),
            sized("n", "rtn(bits=2)", 0.01, 13),
            sized("m", "kivi(bits=2)", 0.1, 11),
            sized("n", "kivi(bits=2)", 0.4, 10),
            sized("m", "none", 0, 32),
            sized("n", "none", 0, 32)));
    page(
        folder,
        "ends",
        List.of(
            sized("m", "rtn(bits=2)", 0.1, 4),
            sized("n", "rtn(bits=2)", 0.1, 3),
            sized("m", "rtn(bits=4)", 0.01, 7),
            sized("n", "rtn(bits=4)", 0.01, 5)));
    page(
        folder,
        "near",
        List.of(
            near("m", "rtn(bits=2)", 0.1, 1010),
            near("n", "rtn(bits=2)", 0.1, 1000),
            near("m", "rtn(bits=4)", 0.01, 1980),
            near("n", "rtn(bits=4)", 0.01, 2000)));
    page(
        folder,
        "partial",
        List.of(
            logits("rtn(bits=2)", 0, 0.5),
            logits("rtn(bits=2)", 1, 0.5),
            logits("rtn(bits=3)", 0, 0.2),
            logits("rtn(bits=3)", 1, 0.2).with().set(ResultColumn.NMSE, null).build(),
            logits("rtn(bits=4)", 0, null),
            logits("rtn(bits=4)", 1, 0.01)));
    page(folder, "places", places());
    page(folder, "large", List.of(row("m", "none", 0).build()));
    if (!Boolean.getBoolean("kvsweep.full")) {
      return;
    }
    List<ResultRow> many = new ArrayList<>();
    for (int model = 0; model < 30; model++) {
      many.add(row("model-%02d".formatted(model), "rtn(bits=2)", 0.1 + model).build());
      many.add(row("model-%02d".formatted(model), "none", 0).build());
    }
    page(folder, "many", many);
  }

  /** A method that failed everywhere, and says each time where. */
  private static List<ResultRow> places() {
    List<ResultRow> rows = new ArrayList<>();
    for (String model : List.of("m-1", "m-2")) {
      for (String kind : List.of("key", "value")) {
        String why =
            "file:/in has no layers.0.%s of %s/p: reconstruct it too".formatted(kind, model);
        rows.add(
            failed(model, "rtn(bits=2)", why)
                .with()
                .set(ResultColumn.KIND, kind)
                .set(ResultColumn.CELL_ID, kind)
                .build());
      }
    }
    rows.add(failed("m-2", "rtn(bits=3)", "another reason in p, with words (and signs"));
    return rows;
  }

  private static ResultRow.Builder row(String model, String spec, double nmse) {
    String canonical = Methods.STANDARD.expand(spec).get(0).toString();
    String codec = spec.replaceFirst(".*\\| ", "").replaceFirst("\\(.*", "");
    return TestRows.measured(canonical, model, "p", 0, nmse, codec.equals("none") ? 32 : 5)
        .with()
        .set(ResultColumn.HEADS, null)
        .set(ResultColumn.EFFECTIVE_BITS, codec.equals("none") ? 16.0 : 2.5)
        .set(ResultColumn.METHOD, codec)
        .set(ResultColumn.METHOD_SPEC, canonical);
  }

  private static ResultRow failed(String model, String spec, String why) {
    String canonical = Methods.STANDARD.expand(spec).get(0).toString();
    return TestRows.failed(canonical, model, "p", 0, why)
        .with()
        .set(ResultColumn.METHOD, spec.replaceFirst("\\(.*", ""))
        .set(ResultColumn.METHOD_SPEC, canonical)
        .build();
  }

  /** Bits are half the bytes. */
  private static ResultRow sized(String model, String spec, double nmse, long bytes) {
    return row(model, spec, nmse).set(ResultColumn.TOTAL_BYTES, bytes).build();
  }

  /** Of 4000 values: bits are bytes / 500. */
  private static ResultRow near(String model, String spec, double nmse, long bytes) {
    return row(model, spec, nmse)
        .set(ResultColumn.TOKENS, 1000)
        .set(ResultColumn.TOTAL_BYTES, bytes)
        .build();
  }

  /** A layer whose error of logits may be too small to tell. */
  private static ResultRow logits(String spec, int layer, Double error) {
    return row("m", spec, 0.1)
        .set(ResultColumn.LAYER, layer)
        .set(ResultColumn.UNIT_ID, TestRows.unit("m", "p", layer))
        .set(ResultColumn.LOGIT_RMS, error)
        .build();
  }

  private static void page(Path folder, String name, List<ResultRow> rows) {
    Path output = folder.resolve(name);
    ResultStore store = Fixture.store(output);
    rows.stream()
        .collect(Collectors.groupingBy(row -> (String) row.get(ResultColumn.UNIT_ID)))
        .forEach((unit, of) -> store.publish("run-1", unit, of));
    Report.write(
        TestSpark.session(),
        store,
        name,
        (option, width, height) ->
            "<svg width=\"9\"><desc>" + option.get("title") + "</desc></svg>");
    PAGES.put(name, new Fixture(output, rows));
  }

  private static JsonNode data(String name) throws Exception {
    return ReportTest.data(PAGES.get(name).html());
  }

  /** The page without its data, which has all phrases. */
  private static String html(String name) {
    return PAGES.get(name).html().replaceAll("(?s)<script type=\"application/json.*?</script>", "");
  }

  private static String answers(String name) {
    String html = html(name);
    return html.substring(html.indexOf("id=\"answer-table\""), html.indexOf("id=\"rate\""));
  }

  private static void says(String name, String... words) {
    String html = html(name);
    for (String word : words) {
      assertTrue(html.contains(Html.text(word).markup()), name + " lacks: " + word);
    }
  }

  @Test
  void thePictureBesideThePageNeedsErrorsThatCompare() {
    assertTrue(Files.exists(picture("one")));
    assertFalse(Files.exists(picture("failed")));
    assertFalse(Files.exists(picture("selectors")));
  }

  private static Path picture(String name) {
    return PAGES.get(name).folder().resolve("rate-distortion.svg");
  }

  @Test
  void oneConfiguration() throws Exception {
    says(
        "one",
        "1 configuration of 1 method on 1 model",
        Phrase.NO_REFERENCE.of(),
        Phrase.NO_SPECTRA.of());
    assertEquals(-1, data("one").path("overModels").asInt());
  }

  @Test
  void allFailed() throws Exception {
    says("failed", "no luck at all", "2: why", Phrase.NO_CURVE.of(), Phrase.ONE_FAILED.of());
    says("failed", "m, n; p; layers 0: 2 cells on 2 models, not all combinations");
    String link = "<a href=\"#missing\">" + Phrase.ALL_FAILED.of("2 cells") + "</a>";
    assertTrue(html("failed").contains(link), "over models");
    assertFalse(answers("failed").contains(Phrase.NOT_MEASURED.of()));
    assertEquals(0, data("failed").path("answers").size());
  }

  /** Six methods for one reason, and 22 for one of their own each. */
  @Test
  void reasonsAreFewAndNameTheirMethods() {
    says("reasons", "And 3 reasons of 3 cells.", Phrase.ALL_FAILED.of("28 cells"));
    String html = html("reasons");
    assertTrue(html.contains("<td>m; p; layers 0</td>"), "of every combination");
    String rest = html.substring(html.indexOf("<summary>and 2 more</summary>"));
    assertTrue(rest.substring(0, rest.indexOf("</details>")).contains(">rtn(bits=7)</code>"), rest);
    assertFalse(rest.substring(0, rest.indexOf("</details>")).contains(">rtn(bits=5)</code>"));
    assertEquals(20, html.split("<span class=\"why\">", -1).length - 1);
    assertTrue(html.contains("query reasons"), "where the rest is");
  }

  /**
   * Messages that differ in their place alone are one, and so are commands that differ in kinds.
   */
  @Test
  void aReasonIsToldOnceWhereverItStruck() {
    String html = html("places");
    assertEquals(2, html.split("<span class=\"why\">", -1).length - 1);
    says(
        "places",
        "one of 4 messages alike:",
        "file:/in has no layers.0.key of m-1/p: reconstruct it too",
        "m-1, m-2; p; layers 0");
    assertTrue(html.contains("<td>keys, values</td>"), html);
    assertEquals(3, html.split("sweep --retry-failed ", -1).length - 1, "two models, two reasons");
    says("places", "--set \"kinds=[key,value]\"");
  }

  /** Methods that compare by one error alone are shown by that error. */
  @Test
  void selectorsAlone() throws Exception {
    JsonNode data = data("selectors");
    JsonNode metric = data.path("metrics").get(data.path("first").path("metric").asInt());
    assertEquals("output_error", metric.path("key").asText());
    assertTrue(data.path("answers").has("0/0/output_error/captured"));
    assertEquals("[\"knorm\",\"shadowkv\"]", data.path("families").toString());
    says("selectors", "values: 1 of 2 methods not run: shadowkv(budget=0.5) | none");
    says("selectors", "attention output error of keys: best method");
    assertFalse(html("selectors").contains(Phrase.NO_CURVE.of()));
  }

  /** None of the curves, each of a single rate, reaches a budget: what was measured is ranked. */
  @Test
  void noCurveReachesABudget() throws Exception {
    assertEquals(
        "[1.5,2.0,2.5,3.0,4.0,6.0,8.0]", data("uneven").path("budgets").toString(), "asked for");
    says("uneven", Phrase.MEASURED_AT.of("5.00"), Phrase.CLOSEST.of("rtn(bits=2)", "5.00"));
    assertFalse(html("uneven").contains(Phrase.NO_CURVE_REACHES.of()));
    says("large", Phrase.NO_CURVE_REACHES.of(), Phrase.CLOSEST.of("none", "16.00"));
    String html = html("uneven");
    assertFalse(answers("uneven").contains(Phrase.NOT_MEASURED.of()));
    assertFalse(html.contains(Phrase.NO_CURVE.of()));
  }

  /** On average rtn takes 5.75 bits, and the mean error of kivi is 0.25. */
  @Test
  void overModelsABudgetIsKeptOnEachAndErrorsAreGeometricMeans() throws Exception {
    JsonNode data = data("uneven");
    int over = data.path("overModels").asInt();
    JsonNode answer = data.path("answers").path(over + "/0/nmse/captured").get(5);
    assertEquals(
        "kivi(bits=2)",
        data.path("specs").get(answer.get(3).get(0).asInt()).path("shortName").asText());
    assertEquals(5.5, answer.get(3).get(1).asDouble());
    assertEquals(0.2, answer.get(3).get(2).asDouble());
    says("uneven", Phrase.MEASURED_AT.of(Phrase.UP_TO.of("5.50")));
  }

  /** On n the curve ends at 2.5 bits; at 3 the configuration that is in it on both has 0.1. */
  @Test
  void overModelsWhatIsBestOnACurveStaysSoBeyondItsEnd() throws Exception {
    JsonNode data = data("ends");
    JsonNode answers =
        data.path("answers").path(data.path("overModels").asInt() + "/0/nmse/captured");
    assertEquals("[1.5,2.0,2.5,3.0,4.0,6.0,8.0]", data.path("budgets").toString());
    // A third of the way from 2 to 3.5 bits on m, at the end on n: the root of 10^(-4/3) * 10^-2.
    double best = Math.pow(10, -5.0 / 3);
    assertEquals(best, answers.get(2).get(1).asDouble(), 1e-6);
    assertEquals(2.5, answers.get(2).get(6).asDouble());
    assertEquals(best, answers.get(3).get(1).asDouble(), 1e-6);
    assertEquals("CURVE", answers.get(3).get(5).asText());
    assertEquals(2.5, answers.get(3).get(6).asDouble());
    assertEquals(0.1, answers.get(3).get(3).get(2).asDouble(), "the best measured");
    assertEquals("MEASURED", answers.get(4).get(5).asText(), "the next one fits 4 bits");
    says("ends", Phrase.AS_AT.of("2.5", Phrase.BEST_OF.of("1 curve")));
  }

  /** On m the curve goes from 2.02 to 3.96 bits, on n from 2 to 4. */
  @Test
  void anEndNearABudgetSaysItsBits() throws Exception {
    JsonNode data = data("near");
    JsonNode m = data.path("answers").path("0/0/nmse/captured");
    assertEquals(2.02, m.get(1).get(6).asDouble());
    assertEquals(3.0, m.get(3).get(6).asDouble(), "interpolated");
    assertEquals(3.96, m.get(4).get(6).asDouble());
    JsonNode n = data.path("answers").path("1/0/nmse/captured");
    assertEquals(2.0, n.get(1).get(6).asDouble());
    JsonNode over = data.path("answers").path(data.path("overModels").asInt() + "/0/nmse/captured");
    assertEquals(2.02, over.get(1).get(6).asDouble(), "the furthest off");
    String best = Phrase.BEST_OF.of("1 curve");
    says(
        "near",
        Phrase.END_OF_BEST.of("2.02", best),
        Phrase.END_OF_BEST.of("3.96", best),
        Phrase.ENDS_OF_BEST.of("2.02", best));
    assertEquals(
        2, answers("near").split(Phrase.END_OF_BEST.of("[23].[0-9]+", best), -1).length - 1);
  }

  /** Both measured both layers, and have an error in just one. */
  @Test
  void whatLacksAnErrorInPartIsNamed() {
    assertTrue(
        html("partial")
            .contains("<li><code>rtn(bits=4)</code> (keys) on m: logit_rms in 1 of 2 cells</li>"),
        answers("partial"));
    says("partial", "nmse in 1 of 2 cells", "; 1 configuration left out for lack of cells");
    assertFalse(html("partial").contains("2 configurations left out"), "of the picture of nmse");
  }

  @Test
  void answersNeverRiseWithTheBudget() throws Exception {
    int compared = 0;
    for (String page : PAGES.keySet()) {
      for (JsonNode answers : data(page).path("answers")) {
        double last = Double.POSITIVE_INFINITY;
        for (JsonNode answer : answers) {
          double error =
              switch (answer.get(5).asText()) {
                case "MEASURED" -> answer.get(3).get(2).asDouble();
                case "CURVE" -> answer.get(1).asDouble();
                default -> Double.POSITIVE_INFINITY;
              };
          assertTrue(error <= last, page + ": " + answers);
          compared += error < last ? 1 : 0;
          last = error;
        }
      }
    }
    assertTrue(compared > 0, "no answer at all");
  }

  @Test
  @EnabledIfSystemProperty(
      named = "kvsweep.full",
      matches = "true",
      disabledReason = "thirty models take longer than all others here")
  void manyModels() throws Exception {
    assertEquals(31, data("many").path("models").size());
    says("many", "2 configurations of 2 methods on 30 models", "shows 4 of 30 pictures");
  }

  /** Every chart has a point, or words in its place. */
  @Test
  void aBrowserShowsWordsWherePointsLack(@TempDir Path folder) throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(program.isPresent(), "no chromium on the PATH: odd pages are not looked at");
    try (Browser browser = new Browser(program.get(), folder.resolve("profile"))) {
      for (Map.Entry<String, Fixture> page : PAGES.entrySet()) {
        for (String view : List.of("metric=output_error", "hide=rtn,none,knorm")) {
          browser.open(
              URI.create(page.getValue().folder().resolve("report.html").toUri() + "#" + view));
          String where = page.getKey() + "#" + view;
          assertEquals(List.of(), browser.complaints(), where);
          assertEquals("", browser.evaluate(EMPTY), where);
          for (String id : List.of("budgets-table", "paired-table", "cells-table")) {
            String text = browser.evaluate("document.getElementById('%s').innerText".formatted(id));
            assertFalse(text.contains("\n0 rows"), where + " " + id);
          }
        }
      }
      browser.open(
          URI.create(
              PAGES.get("selectors").folder().resolve("report.html").toUri() + "#metric=nmse"));
      assertEquals(
          Phrase.SELECTORS_LEFT_OUT.of("2 configurations"),
          browser.evaluate("document.getElementById('rate-chart').innerText"));
      browser.open(
          URI.create(
              PAGES.get("uneven").folder().resolve("report.html").toUri() + "#model=all+models"));
      String cells = browser.evaluate("document.getElementById('cells-table').innerText");
      assertTrue(cells.contains(Phrase.ONE_PROMPT.of()), cells);
      assertTrue(cells.contains(Phrase.NO_LOGARITHM.of()), cells);
      String measured = browser.evaluate("document.getElementById('budgets-table').innerText");
      assertTrue(measured.contains(Phrase.MEASURED_AT.of(Phrase.UP_TO.of("5.50"))), measured);
      assertEquals(
          Phrase.NOT_AVERAGED.of(),
          browser.evaluate("document.getElementById('rate-chart').innerText"));
      browser.open(
          URI.create(
              PAGES.get("ends").folder().resolve("report.html").toUri()
                  + "#model=all+models&budget=2.5"));
      String ranked = browser.evaluate("document.getElementById('budgets-table').innerText");
      for (String words :
          List.of(
              "2.00 to 2.50 bits on every model, 2 points",
              "up to 2.00 bits: 0.100",
              "0.100 " + Phrase.ONE_PROMPT.of() + ", n 2 cells, 2 prompts")) {
        assertTrue(ranked.contains(words), words + " in " + ranked);
      }
      String answers = browser.evaluate("document.getElementById('answer-table').innerText");
      assertTrue(answers.contains(Phrase.AS_AT.of("2.5", Phrase.BEST_OF.of("1 curve"))), answers);
      browser.open(
          URI.create(
              PAGES.get("near").folder().resolve("report.html").toUri() + "#model=m&budget=4"));
      String near = browser.evaluate("document.getElementById('answer-list').innerText");
      assertTrue(near.contains(Phrase.END_OF_BEST.of("3.96", Phrase.BEST_OF.of("1 curve"))), near);
      assertTrue(near.contains("end of its curve: 3.96 bits count as 4. Best measured"), near);
      browser.open(
          URI.create(
              PAGES.get("partial").folder().resolve("report.html").toUri() + "#metric=logit_rms"));
      String how = browser.evaluate("document.getElementById('rate-how').innerText");
      assertTrue(how.contains("not on the frontier: rtn(bits=4), 1 of 2 cells."), how);
      assertEquals(
          "[\"rtn(bits=2)\",\"rtn(bits=3)\",\"rtn(bits=4), hollow\"]",
          browser.evaluate(
              """
              JSON.stringify(kvsweep.charts['rate-chart'].getOption().series.flatMap((s) => s.data)
                .filter((d) => d.point).map((d) => d.point.spec.shortName + (d.itemStyle ? ', hollow' : '')).sort())"""));
      browser.open(
          URI.create(PAGES.get("failed").folder().resolve("report.html").toUri().toString()));
      for (String id : List.of("rate-chart", "multiples", "budgets-table", "answer-list")) {
        String text = browser.evaluate("document.querySelector('#%s a').innerText".formatted(id));
        assertEquals(Phrase.ONE_FAILED.of(), text, id);
      }
      browser.evaluate("document.querySelector('#answer-list a').click()");
      assertEquals("#at=missing", browser.evaluate("location.hash"));
      browser.open(
          URI.create(
              PAGES.get("selectors").folder().resolve("report.html").toUri() + "#hide=knorm"));
      assertEquals(
          "[\"rounding\"]",
          browser.evaluate(
              """
              JSON.stringify(kvsweep.charts['rate-chart'].getOption().series.flatMap((s) => s.data)
                .filter((d) => d.point).map((d) => (d.itemStyle ? 'rounding' : d.name)))"""),
          "knorm is hidden, shadowkv hollow");
    }
  }

  /** Ids of charts without points and without words. */
  private static final String EMPTY =
      """
      [...document.querySelectorAll('.chart')].filter((box) => {
        const chart = kvsweep.charts[box.id];
        return chart ? !chart.getOption().series.some((s) => s.data.length) : !box.innerText.trim();
      }).map((box) => box.id).join()""";
}
