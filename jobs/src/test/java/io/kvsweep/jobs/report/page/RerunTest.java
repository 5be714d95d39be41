package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.cli.CommandLines;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of a page do what it says: they measure that cell again. */
class RerunTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  private int run(String... args) {
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void theCommandOfACellMeasuresItAgain() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh here");
    String dataset = folder.resolve("a dataset").toString();
    String output = folder.resolve("out").toString();
    assertEquals(
        0,
        run(
            "synth",
            "--out",
            dataset,
            "--model",
            "it's \"m\"",
            "--prompts",
            "p,q",
            "--layers",
            "2",
            "--tokens",
            "32",
            "--queries",
            "8",
            "--head-dim",
            "8"),
        err::toString);
    assertEquals(
        0,
        run(
            "sweep",
            "--dataset",
            dataset,
            "--out",
            output,
            "--set",
            "methods=['rtn(bits=2)', 'svdq(bits=1.25,group=0) ']",
            "--set",
            "kinds=[value]",
            "--set",
            "seed=7"),
        err::toString);
    assertEquals(0, run("report", output), err::toString);
    String page = Files.readString(folder.resolve("out/report.html"));
    assertTrue(
        out.toString()
            .endsWith(
                "written: %s/rate-distortion.svg\nwritten: %s/report.html\nopen: %s/report.html\n"
                    .formatted(output, output, output)),
        out.toString());

    List<String> words = new ArrayList<>(ShellCommandTest.words(command(page, "rtn(bits=2)")));
    assertEquals("./kvsweep", words.remove(0));
    String again = folder.resolve("again").toString();
    words.set(words.indexOf("rerun"), again);
    assertEquals(0, run(words.toArray(String[]::new)), err::toString);
    List<Row> first = rows(output, "method = 'rtn'");
    assertEquals(4, first.size(), "two layers of two prompts");
    assertEquals(first, rows(again, "true"), "the same cells, and nothing else");
  }

  /** The folder of the reconstructions is in no row: people put it in. */
  @Test
  void theCommandOfAnExternalMethodHasAPlaceForItsFolder() throws Exception {
    String dataset = folder.resolve("in").toString();
    String mine = folder.resolve("mine").toString();
    String output = folder.resolve("out").toString();
    String captures = folder.resolve("captures").toString();
    String[] small = {
      "--model", "m", "--prompts", "p,q", "--layers", "1", "--tokens", "32", "--queries", "8"
    };
    List<String> synth = new ArrayList<>(List.of("synth", "--out", dataset));
    synth.addAll(List.of(small));
    done(synth.toArray(String[]::new));
    done("reconstruct", dataset, "--method", "rtn(bits=4)", "--prompts", "p", "--out", captures);
    done("import", captures, "--out", mine);
    String kinds = "kinds=[key]";
    String methods = "methods=['external(dir=%s,bits=4,name=ours)']".formatted(mine);
    assertEquals(
        3,
        run("sweep", "--dataset", dataset, "--out", output, "--set", methods, "--set", kinds),
        "nothing was reconstructed of q");
    assertEquals(0, run("report", output), err::toString);
    String page = Files.readString(folder.resolve("out/report.html"));
    assertTrue(page.contains(Phrase.BLANK_DATASET.of()), "what to put in");

    String again = folder.resolve("again").toString();
    List<String> cell = ShellCommandTest.words(command(page, "external(bits=4,name=ours)"));
    List<String> words = new ArrayList<>(cell.subList(1, cell.size()));
    words.replaceAll(word -> word.equals("rerun") ? again : word.replace("DATASET", mine));
    assertEquals(3, run(words.toArray(String[]::new)), err::toString);
    assertEquals(rows(output, "true"), rows(again, "true"));

    Matcher retries =
        Pattern.compile("\\./kvsweep (sweep --retry-failed [^<]*)</pre>").matcher(page);
    assertTrue(retries.find());
    String retry = retries.group(1).replace("&quot;", "\"").replace("&#39;", "'");
    words = new ArrayList<>(ShellCommandTest.words(retry));
    words.replaceAll(word -> word.replace("DATASET", mine));
    err.getBuffer().setLength(0);
    // The folder is read, and has what it had: nothing of q.
    assertEquals(2, run(words.toArray(String[]::new)), err::toString);
    assertTrue(
        err.toString().contains(mine + ": the dataset has no prompt of the sweep"), err::toString);
  }

  private void done(String... args) {
    assertEquals(0, run(args), err::toString);
  }

  private static String command(String page, String shortName) throws Exception {
    int from = page.indexOf("id=\"data\">") + "id=\"data\">".length();
    JsonNode data =
        new ObjectMapper().readTree(page.substring(from, page.indexOf("</script>", from)));
    JsonNode columns = data.path("cells").path("columns");
    int start = -1;
    int place = -1;
    for (int c = 0; c < columns.size(); c++) {
      start = columns.get(c).asText().equals("start") ? c : start;
      place = columns.get(c).asText().equals("place") ? c : place;
    }
    for (JsonNode cell : data.path("cells").path("rows")) {
      int spec = cell.get(2).asInt();
      if (data.path("specs").get(spec).path("shortName").asText().equals(shortName)) {
        return "%s %s %s"
            .formatted(
                data.path("cells").path("starts").get(cell.get(start).asInt()).asText(),
                data.path("cells").path("methods").get(spec).asText(),
                data.path("cells").path("places").get(cell.get(place).asInt()).asText());
      }
    }
    throw new AssertionError("no cell of " + shortName);
  }

  private static List<Row> rows(String output, String where) {
    return TestSpark.session()
        .read()
        .parquet(output + "/results")
        .where(where)
        .select(
            "cell_id", "unit_id", "model", "prompt", "layer", "kind", "seed", "nmse", "total_bytes")
        .orderBy("unit_id")
        .collectAsList();
  }

  @Test
  void withoutAFileASweepNeedsTheRest() {
    assertEquals(2, run("sweep", "--out", "o"));
    assertEquals(
        "kvsweep: no sweep file, and no --dataset: give CONFIG.yaml, or all of --dataset, --out and --set \"methods=['rtn(bits=4)']\"\n",
        err.toString());
    err.getBuffer().setLength(0);
    assertEquals(2, run("sweep", "--dataset", "d", "--out", "o"));
    assertEquals(
        "kvsweep: no sweep file, and no methods: give CONFIG.yaml, or --set \"methods=['rtn(bits=4)']\"\n",
        err.toString());
  }
}
