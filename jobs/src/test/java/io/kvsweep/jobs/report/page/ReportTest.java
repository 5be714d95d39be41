package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestResults;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.report.EChartsSvg;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as text; {@link ReportBrowserTest} looks at it as a browser does. */
class ReportTest {
  private static Fixture fixture;
  private static String page;
  private static JsonNode data;
  private static final List<JsonNode> pictures = new ArrayList<>();

  @BeforeAll
  static void write(@TempDir Path folder) throws Exception {
    fixture = Fixture.in(folder);
    page = page(folder);
    data = data(page);
  }

  private static String page(Path folder) throws Exception {
    Report.Written written =
        Report.write(
            TestSpark.session(),
            Fixture.store(folder),
            "my out",
            // Drawing takes seconds, and has its own tests.
            (option, width, height) -> {
              pictures.add(new ObjectMapper().valueToTree(option));
              return "<svg width=\"9\" height=\"9\"></svg>";
            });
    assertEquals(folder.resolve("report.html").toString(), written.page());
    assertEquals(Optional.of(folder.resolve("rate-distortion.svg").toString()), written.picture());
    return Files.readString(folder.resolve("report.html"));
  }

  static JsonNode data(String html) throws Exception {
    Matcher script =
        Pattern.compile(
                "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL)
            .matcher(html);
    assertTrue(script.find());
    return new ObjectMapper().readTree(script.group(1));
  }

  @Test
  void namesAreNeverMarkup() {
    assertEquals(4, count("<script"), "theme, data, library, ours");
    assertEquals(4, count("</script>"));
    assertFalse(ours().contains("<img"), "a name became an element");
    assertEquals(Fixture.HOSTILE, data.path("models").get(0).asText());
    assertTrue(page.contains("broke at &lt;b&gt;&lt;/script&gt;"), "the error of failed rows");
  }

  /** Without the chart library, which is not ours. */
  private static String ours() {
    return page.replace(EChartsSvg.library(), "");
  }

  private static int count(String part) {
    return ours().split(Pattern.quote(part), -1).length - 1;
  }

  @Test
  void picturesWithoutScriptsHaveTheColoursOfThePage() {
    int checked = 0;
    for (JsonNode series : pictures.get(1).path("series")) {
      for (int i = 0; i < data.path("curves").size(); i++) {
        if (data.path("curves").get(i).path("shortName").equals(series.path("name"))) {
          JsonNode style = data.path("styles").path("amongOthers").get(i);
          JsonNode colours = data.path("charts").path("style").path("light");
          assertEquals(
              colours.get(style.path("colour").asInt()), series.path("lineStyle").path("color"));
          assertEquals(style.path("shape"), series.path("symbol"));
          checked++;
        }
      }
    }
    assertEquals(3, checked, "none, rtn and svdq");
  }

  /** Without its failed cells svdq would be on the frontier of the first model. */
  @Test
  void picturesWithoutScriptsLeaveOutWhatLacksCells() {
    List<String> texts = new ArrayList<>();
    List<Integer> corners = new ArrayList<>();
    for (JsonNode picture : pictures.subList(0, 2)) {
      texts.add(picture.path("title").path("subtext").asText());
      for (JsonNode series : picture.path("series")) {
        assertFalse(texts.size() == 1 && series.path("name").asText().equals("svdq"));
        if (series.path("name").asText().equals("frontier")) {
          corners.add(series.path("data").size());
        }
      }
    }
    assertEquals(
        List.of(
            "mean over prompts and layers; 2 configurations left out for lack of cells",
            "mean over prompts and layers"),
        texts);
    assertEquals(
        List.of(2 * 3 + 1, 2 * 4 + 1), corners, "rtn twice and none; svdq twice, rtn, none");
  }

  /** svdq failed on some rows of the first model, which has as many as the other. */
  @Test
  void thePictureBesideThePageIsOfKeysOfTheModelWithTheMostRows() throws Exception {
    JsonNode picture = pictures.get(pictures.size() - 1);
    assertEquals(Fixture.HOSTILE + ", keys", picture.path("title").path("text").asText());
    assertEquals(
        "mean over 2 prompts and 2 layers; 2 configurations that lack some are left out;"
            + " selectors, which drop tokens, are left out",
        picture.path("title").path("subtext").asText());
    List<String> drawn = new ArrayList<>();
    picture.path("series").forEach(series -> drawn.add(series.path("name").asText()));
    assertTrue(drawn.contains("rtn") && drawn.contains("none"), drawn.toString());
    assertFalse(drawn.toString().contains("svdq"), drawn.toString());
    assertEquals(
        "<svg width=\"9\" height=\"9\"></svg>",
        Files.readString(fixture.folder().resolve("rate-distortion.svg")));
  }

  @Test
  void textsPointSomewhere() {
    String guide = page.substring(page.indexOf("id=\"guide\""), page.indexOf("<footer>"));
    assertFalse(guide.contains("see below"), "below is in docs/metrics.md");
    assertFalse(guide.contains("`"), "Markdown");
    assertTrue(guide.contains("but <code>logit_rms</code> where"), "the note of a group");
    assertTrue(page.contains("<h1>6 configurations of 4 methods on 2 models</h1>"));
    for (String link : List.of("answer", "rate", "budgets", "cells", "methods", "guide")) {
      assertTrue(page.contains("<section id=\"" + link + "\">"), link);
    }
  }

  @Test
  void methodsOfTheResultsAreExplained() {
    String methods = page.substring(page.indexOf("id=\"methods\""), page.indexOf("id=\"guide\""));
    List<String> names =
        Pattern.compile("<tr><td><code>([a-z]+)</code>")
            .matcher(methods)
            .results()
            .map(row -> row.group(1))
            .toList();
    assertEquals(List.of("none", "rtn", "svdq", "knorm"), names, "and none that was not run");
    assertTrue(methods.contains("arXiv 2502.15304"), "the paper of svdq");
  }

  @Test
  void nothingIsLoaded() {
    Matcher loads = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(ours());
    while (loads.find()) {
      assertTrue(loads.group(1).startsWith("#") || loads.group(1).equals("data:,"), loads.group());
    }
    assertFalse(ours().contains("@import"));
    assertFalse(ours().contains("url(http"));
    assertTrue(page.length() < 3_000_000, "3 MB: " + page.length());
    assertFalse(page.contains(fixture.folder().toString()), "a path of this machine");
  }

  @Test
  void tablesOfTheseResultsAreTakenAndOldOnesMadeAnew(@TempDir Path folder) throws Exception {
    Fixture.in(folder);
    assertEquals(page, page(folder), "the same results give the same bytes");
    ResultStore store = Fixture.store(folder);
    AggregateTables.write(
        TestSpark.session(), store, new AggregateOptions(Optional.empty(), List.of(3.0)));
    assertEquals(
        "[3.0]", data(page(folder)).path("budgets").toString(), "what aggregate was asked");
    ResultRow late = TestRows.measured("late", "late-model", "p", 0, 0.5, 4);
    store.publish("run-1", TestRows.unit("late-model", "p", 0), List.of(late));
    // Clocks of file systems may be too coarse to tell the two apart.
    Path results = folder.resolve("results");
    try (var files = Files.list(results)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(
            file, java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() + 5000));
      }
    }
    JsonNode anew = data(page(folder));
    assertTrue(anew.path("models").toString().contains("late-model"));
    assertEquals("[3.0]", anew.path("budgets").toString(), "asked again");
  }

  @Test
  void aTableThatIsNoneIsNamedWithTheRemedy(@TempDir Path folder) throws Exception {
    TestResults.write(folder);
    ResultStore store = Fixture.store(folder);
    Path table = folder.resolve("tables/summary.parquet");
    for (String damage : List.of("", "this is no table")) {
      Files.writeString(table, damage);
      assertEquals(
          "%s: not a readable table; 'kvsweep aggregate %s' writes it anew"
              .formatted(table, folder),
          assertThrows(
                  InvalidInputException.class,
                  () -> ReportTables.current(TestSpark.session(), store))
              .getMessage());
    }
  }

  @Test
  void numbersAreThoseOfTheRows() {
    JsonNode columns = data.path("cells").path("columns");
    int checked = 0;
    for (JsonNode cell : data.path("cells").path("rows")) {
      int model = cell.get(0).asInt();
      if (model == data.path("overModels").asInt()) {
        continue;
      }
      String name = data.path("models").get(model).asText();
      String spec = data.path("specs").get(cell.get(2).asInt()).path("spec").asText();
      List<ResultRow> rows =
          fixture.rows().stream()
              .filter(row -> row.get(ResultColumn.MODEL).equals(name))
              .filter(row -> row.get(ResultColumn.METHOD_SPEC).equals(spec))
              .filter(ResultRow::measured)
              .toList();
      for (int c = 3; c < columns.size(); c++) {
        String column = columns.get(c).asText();
        Double expected =
            switch (column) {
              case "nmse_mean" -> mean(rows, ResultColumn.NMSE);
              case "output_error_mean" -> mean(rows, ResultColumn.OUTPUT_ERROR);
              case "limit_nmse" -> mean(rows, ResultColumn.RD_LIMIT_NMSE);
              case "effective_bits_4k" -> mean(rows, ResultColumn.EFFECTIVE_BITS_4K);
              case "codes_bytes" -> mean(rows, ResultColumn.CODES_BYTES) * rows.size();
              case "header_bytes" -> (double) rows.size();
              default -> null;
            };
        if (expected != null) {
          // Six digits.
          assertEquals(expected, cell.get(c).asDouble(), 5e-6 * expected, column + " of " + spec);
          checked++;
        }
      }
    }
    assertEquals(2 * 6 * 6, checked);
  }

  private static Double mean(List<ResultRow> rows, ResultColumn column) {
    return rows.stream()
        .mapToDouble(row -> (Double) ((Number) row.get(column)).doubleValue())
        .average()
        .orElseThrow();
  }

  @Test
  void headsAreMeansOverPrompts() {
    for (JsonNode group : data.path("heads")) {
      String spec = data.path("specs").get(group.path("spec").asInt()).path("spec").asText();
      if (!spec.startsWith("rtn(bits=2")) {
        continue;
      }
      // 0.2 and 0.3 on layer 0, twice that on layer 1; head 1 has twice the error of head 0.
      assertEquals("[0,0,2,0.25,null,null,0.125]", group.path("cells").get(0).toString());
      assertEquals("[1,1,2,1.0,null,null,null]", group.path("cells").get(3).toString());
      return;
    }
    throw new AssertionError("no heads of rtn");
  }

  @Test
  void selectorsCompareByAttentionOutputsAlone() {
    // At 1 bit and 0.001 knorm would beat all, on the fifth of the tokens that it keeps.
    int plain = 1;
    JsonNode nmse = data.path("answers").path(plain + "/0/nmse/captured").get(1);
    JsonNode output = data.path("answers").path(plain + "/0/output_error/captured").get(1);
    assertEquals("svdq(bits=1.25)", shortName(nmse.get(3).get(0)));
    assertEquals("knorm(budget=0.2) | rtn(bits=4)", shortName(output.get(3).get(0)));
    assertFalse(
        data.path("frontier").path(plain + "/0/nmse/captured").toString().contains("[0"),
        "knorm is the first specification");
  }

  /** Both svdq fail on layer 1 of the first model: their means are of layer 0, which is easy. */
  @Test
  void whatLacksCellsIsLeftOutAndNamed() {
    assertEquals(
        List.of("svdq(bits=1.25)", "svdq(bits=4)"),
        Pattern.compile("<li><code>([^<]*)</code> \\(keys\\) on [^:]*: 2 of 4 cells</li>")
            .matcher(page)
            .results()
            .map(item -> item.group(1))
            .toList());
    int failed = 0;
    for (JsonNode answer : data.path("answers").path(failed + "/0/nmse/captured")) {
      assertFalse(
          !answer.get(3).isNull() && shortName(answer.get(3).get(0)).startsWith("svdq"),
          answer::toString);
    }
    for (JsonNode spec : data.path("frontier").path(failed + "/0/nmse/captured")) {
      assertFalse(shortName(spec).startsWith("svdq"), spec::toString);
    }
  }

  private static String shortName(JsonNode spec) {
    return data.path("specs").get(spec.asInt()).path("shortName").asText();
  }

  @Test
  void failuresAreGroupedWithTheCommandThatRetries() {
    Matcher commands =
        Pattern.compile("(?m)^(?:<pre[^>]*>)?(\\S*kvsweep sweep --retry-failed .*?)(?:</pre>|$)")
            .matcher(ours());
    assertTrue(commands.find(), "a command");
    for (String words :
        List.of(
            "models=[",
            "prompts=[&#39;dracula&#39;,",
            "layers=[1]",
            "kinds=[key]",
            "svdq(bits=4")) {
      assertTrue(commands.group(1).contains(words), words + " in " + commands.group(1));
    }
    assertFalse(commands.group(1).contains("rtn"), "which did not fail");
    assertFalse(commands.find(), "both methods failed at the same places");
    // Two prompts of two svdq methods on layer 1.
    assertTrue(page.contains("<td class=\"n\">2</td>"));
    assertTrue(
        page.contains("--retry-failed --dataset &quot;my data&quot; --out &quot;my out&quot;"),
        "quoted");
    assertTrue(page.contains("4: why"), "at the top");
  }
}
