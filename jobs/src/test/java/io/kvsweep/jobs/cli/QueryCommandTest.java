package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.jobs.TestResults;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.results.ResultStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryCommandTest {
  private static final String VIEWS =
      "; views: results, runs, summary, frontier, budgets, paired, layers, worst, correlations, spectra, ranges, claims\n";

  @TempDir static Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void results() {
    TestResults.publish(folder);
  }

  private int query(String sql, String... options) {
    return query(folder, sql, options);
  }

  private int query(Path where, String sql, String... options) {
    String[] args =
        Stream.concat(Stream.of("query", where.toString(), sql), Stream.of(options))
            .toArray(String[]::new);
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  /** What is said beside progress. */
  private String said() {
    return String.join(
            "\n", err.toString().lines().filter(l -> !l.startsWith("starting Spark")).toList())
        + "\n";
  }

  private void refused(String sql, String message, String... options) {
    assertEquals(2, query(sql, options), err::toString);
    assertTrue(said().startsWith("kvsweep: " + message), err::toString);
    assertFalse(err.toString().contains("\tat "), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void runsSayWhatTheyTook() {
    String sql =
        "SELECT measured, plan_seconds, measure_seconds, task_seconds, tasks, cores,"
            + " driver_peak_heap_bytes FROM runs";
    assertEquals(0, query(sql, "--csv"), err::toString);
    assertEquals("24,0.5,2.0,3.0,8,2,64000000", out.toString().lines().toList().get(1));
  }

  @Test
  void alignedToTheTypesOfTheColumns() {
    assertEquals(
        0,
        query(
            "SELECT model, layer, nmse, method_spec, kind, null AS n FROM results"
                + " WHERE method = 'svdq' AND prompt = 'p1' ORDER BY model, layer"),
        err::toString);
    String gap = " ".repeat(TestResults.SVDQ.length() - "method_spec".length());
    assertEquals(
        """
        model  layer     nmse  method_spec%s  kind  n
        -----  -----  -------  %s  ----  -
        ma         0  0.01000  %s  key   -
        ma         1  0.01000  %s  key   -
        mb         0  0.01000  %s  key   -
        mb         1   0.2000  %s  key   -
        """
            .formatted(
                gap,
                "-".repeat(TestResults.SVDQ.length()),
                TestResults.SVDQ,
                TestResults.SVDQ,
                TestResults.SVDQ,
                TestResults.SVDQ),
        out.toString());
    assertEquals("\n", said());
  }

  @Test
  void aligned() {
    assertEquals(
        0, query("SELECT heads, error FROM results ORDER BY error NULLS LAST", "--limit", "2"));
    List<String> lines = out.toString().lines().toList();
    assertEquals(4, lines.size(), out::toString);
    assertTrue(lines.get(2).endsWith("  out of \"heap\", say more"), out::toString);
    assertTrue(lines.get(3).startsWith("[{\"head\":0,\"nmse\":"), out::toString);
    assertTrue(lines.get(3).contains("...  -"), out::toString);
    assertEquals(
        "kvsweep: these are the first 2 rows; --limit N shows more, --csv and --json write all\n",
        said());
  }

  @Test
  void alignedEndsAfterAThousandRowsUnlessTold() {
    assertEquals(0, query("SELECT id FROM range(1001)"));
    assertEquals(1002, out.toString().lines().count());
    assertTrue(said().contains("first 1000 rows"), err::toString);
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    assertEquals(0, query("SELECT id FROM range(1001)", "--limit", "1001"));
    assertEquals(1003, out.toString().lines().count());
    assertEquals("\n", said());
  }

  @Test
  void csvHasAllDigitsAndQuotes() {
    assertEquals(
        0,
        query(
            "SELECT error, 1 / 3D AS third, null AS nothing, X'0102' AS bytes, struct(1 AS a, null AS b) AS s,"
                + " double('NaN') AS nan, true AS yes FROM results WHERE status = 'failed'",
            "--csv"),
        err::toString);
    assertEquals(
        "error,third,nothing,bytes,s,nan,yes\n"
            + "\"out of \"\"heap\"\",\nsay more\",0.3333333333333333,,AQI=,\"{\"\"a\"\":1,\"\"b\"\":null}\",NaN,true\n",
        out.toString());
  }

  @Test
  void csvOfMoreRowsThanATableHas() {
    assertEquals(0, query("SELECT id FROM range(3000) ORDER BY id", "--csv"));
    assertEquals(3001, out.toString().lines().count());
    assertTrue(out.toString().endsWith("\n2999\n"));
    out.getBuffer().setLength(0);
    assertEquals(0, query("SELECT id, id FROM range(3000) ORDER BY id", "--csv", "--limit", "1"));
    assertEquals("id,id\n0,0\n", out.toString());
    assertEquals("\n", said());
  }

  @Test
  void jsonIsOneArray() throws IOException {
    assertEquals(
        0,
        query(
            "SELECT model, heads, 1 / 3D AS third, null AS nothing, X'0102' AS bytes, double('NaN') AS nan,"
                + " double('-Infinity') AS inf FROM results WHERE status = 'measured' LIMIT 3",
            "--json"),
        err::toString);
    JsonNode rows = new ObjectMapper().readTree(out.toString());
    assertEquals(3, rows.size());
    JsonNode row = rows.get(0);
    assertTrue(row.at("/heads/0/nmse").isDouble(), row::toString);
    assertEquals(1 / 3.0, row.get("third").doubleValue());
    assertTrue(row.get("nothing").isNull());
    assertEquals("AQI=", row.get("bytes").textValue());
    assertEquals("NaN", row.get("nan").textValue());
    assertEquals("-Infinity", row.get("inf").textValue());
    assertEquals(5, out.toString().lines().count()); // a line each, and the brackets
  }

  @Test
  void nothingFound() throws IOException {
    String sql = "SELECT model FROM results WHERE false";
    assertEquals(0, query(sql));
    assertEquals(0, query(sql, "--csv"));
    assertEquals("model\n-----\nmodel\n", out.toString());
    out.getBuffer().setLength(0);
    assertEquals(0, query(sql, "--json"));
    assertEquals(0, new ObjectMapper().readTree(out.toString()).size());
  }

  @Test
  void fromStandardInput() {
    InputStream before = System.in;
    try {
      System.setIn(
          new ByteArrayInputStream(
              "-- one model\nSELECT 'ü' AS u;".getBytes(StandardCharsets.UTF_8)));
      assertEquals(0, query("-", "--csv"), err::toString);
    } finally {
      System.setIn(before);
    }
    assertEquals("u\nü\n", out.toString());
  }

  @Test
  void aTableThatIsNotThereYet() {
    Map<String, String> remedies =
        Map.of(
            "summary",
            "'kvsweep aggregate %s' writes it\n",
            "claims",
            "'kvsweep claims %s' writes it\n",
            "SPECTRA",
            "'kvsweep aggregate %s' writes it, where the sweep has svdq\n",
            "ranges",
            "'kvsweep aggregate %s' writes it, where the sweep has decoquant\n");
    remedies.forEach(
        (view, remedy) -> {
          err.getBuffer().setLength(0);
          refused(
              "SELECT * FROM results JOIN " + view + " USING (cell_id)",
              "no table '%s' in %s: %s"
                  .formatted(view.toLowerCase(Locale.ROOT), folder, remedy.formatted(folder)));
        });
  }

  @Test
  void anEmptyFolder(@TempDir Path other) {
    assertEquals(2, query(other, "SELECT 1"));
    assertTrue(said().startsWith("kvsweep: no results in " + other), err::toString);
  }

  @Test
  void damagedFiles(@TempDir Path other) throws IOException {
    TestResults.publish(other);
    Files.writeString(other.resolve("tables/summary.parquet"), "no Parquet");
    assertEquals(2, query(other, "SELECT * FROM summary"));
    assertEquals(
        "kvsweep: %s/tables/summary.parquet: not a readable table; 'kvsweep aggregate %s' writes it anew\n"
            .formatted(other, other),
        said());
    err.getBuffer().setLength(0);
    Files.writeString(other.resolve("runs/old.json"), "{\"run_id\": \"old\"}");
    assertEquals(2, query(other, "SELECT * FROM runs"));
    assertEquals(
        "kvsweep: %s/runs/old.json: not the manifest of a run (run_id, config, versions, host or counts is missing); move it out of runs/, results do not need it\n"
            .formatted(other),
        said());
    err.getBuffer().setLength(0);
    Files.writeString(other.resolve("runs/old.json"), "{\"run_id\": ");
    assertEquals(2, query(other, "SELECT * FROM runs"));
    assertTrue(
        said().contains("/runs/old.json: not the manifest of a run (Unexpected end"), said());
    err.getBuffer().setLength(0);
    Files.writeString(other.resolve("results/bad.parquet"), "no Parquet");
    assertEquals(2, query(other, "SELECT * FROM results", "--csv"));
    assertTrue(said().contains("bad.parquet: not a readable Parquet file ("), said());
    err.getBuffer().setLength(0);
    // A query of other files and views is not held up by them.
    assertEquals(0, query(other, "SELECT 1"));
    Path mine = other.resolve("mine.txt");
    Files.writeString(mine, "no Parquet");
    assertEquals(2, query(Path.of(folder.toString()), "SELECT * FROM parquet.`" + mine + "`"));
    assertEquals(
        "kvsweep: %s, which the query names, is not readable as what it says; check the file\n"
            .formatted(mine),
        said());
  }

  @Test
  void wrongQueries() {
    refused(
        "SELECT * FROM resluts",
        "the query cannot be run (line 1, column 15): there is no 'resluts'" + VIEWS);
    err.getBuffer().setLength(0);
    refused(
        "SELECT model\nFROM results WHER layer = 1",
        "the query cannot be run (line 2, column 19): [PARSE_SYNTAX_ERROR] Syntax error at or near 'layer'");
    assertTrue(said().endsWith(VIEWS), err::toString);
    err.getBuffer().setLength(0);
    refused(
        "SELECT modle FROM results",
        "the query cannot be run (line 1, column 8): [UNRESOLVED_COLUMN.WITH_SUGGESTION] ");
    assertTrue(said().endsWith(VIEWS), err::toString);
    err.getBuffer().setLength(0);
    refused(" ", "the query cannot be run (line 1, column 2): [PARSE_EMPTY_STATEMENT] ");
  }

  @Test
  void whatIsMissingIsOneLine() {
    refused(
        "WITH a AS (SELECT * FROM mine.summary) SELECT * FROM a",
        "the query cannot be run (line 1, column 26): there is no 'mine.summary'" + VIEWS);
    err.getBuffer().setLength(0);
    refused(
        "SELECT * FROM parquet.`/no/such`",
        "the query cannot be run: [PATH_NOT_FOUND] Path does not exist: file:/no/such" + VIEWS);
    err.getBuffer().setLength(0);
    refused(
        "SELECT * FROM summery()",
        "the query cannot be run (line 1, column 15): [UNRESOLVABLE_TABLE_VALUED_FUNCTION] Could not resolve `summery` to a table-valued function"
            + VIEWS);
  }

  @Test
  void queriesThatFailOnTheirRows() {
    String fails = "SELECT model,\n  1 / (layer - layer) FROM results";
    refused(
        fails, "the query cannot be run (line 2, column 3): [DIVIDE_BY_ZERO] Division by zero.");
    err.getBuffer().setLength(0);
    refused(fails, "the query cannot be run (line 2, column 3): [DIVIDE_BY_ZERO] ", "--csv");
    err.getBuffer().setLength(0);
    refused(
        "SELECT int(model) AS x FROM results",
        "the query cannot be run (line 1, column 8): [CAST_INVALID_INPUT] ",
        "--json");
    err.getBuffer().setLength(0);
    refused(
        "SELECT raise_error('mine') FROM results",
        "the query cannot be run: [USER_RAISED_EXCEPTION] mine\n");
    err.getBuffer().setLength(0);
    refused(
        "SELECT kv_roundtrip(X'0000', 'f16', 1, 1, 1, 'rtn(bit=4)') FROM results",
        "invalid method 'rtn(bit=4)', column 5: unknown parameter 'bit' of rtn");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO results SELECT 1",
        "WITH a AS (SELECT 1) INSERT INTO results SELECT * FROM a",
        "FROM results INSERT INTO a SELECT 1 INSERT INTO b SELECT 2",
        "INSERT OVERWRITE DIRECTORY '%s/written' USING parquet SELECT 1",
        "CREATE TABLE x USING parquet LOCATION '%s/written' AS SELECT 1",
        "CREATE TEMPORARY VIEW x AS SELECT 1",
        "DROP TABLE results",
        "SET spark.sql.ansi.enabled = false",
        "CACHE TABLE x AS SELECT 1",
        "BEGIN SELECT 1; END",
        "EXECUTE IMMEDIATE \"INSERT OVERWRITE DIRECTORY '%s/written' USING csv SELECT 1\"",
        "SELECT TRANSFORM(model) USING 'touch %s/written' AS x FROM results"
      })
  void whatChangesSomethingIsRefused(String sql) {
    refused(
        sql.formatted(folder),
        "only queries are run, and this changes something or is none: expected SELECT, WITH, VALUES or DESCRIBE VIEW"
            + VIEWS);
    assertFalse(Files.exists(folder.resolve("written")));
  }

  /** Each would set a property of this JVM, and could end it as well. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT reflect('java.lang.System', 'setProperty', 'kvsweep.reflected', 'x')",
        "SELECT model FROM results WHERE Java_Method('java.lang.System', 'setProperty', 'kvsweep.reflected', model) = 'x'",
        "WITH a AS (SELECT try_reflect('java.lang.System', 'setProperty', 'kvsweep.reflected', 'x') AS y) SELECT y FROM a",
        "SELECT * FROM results WHERE layer IN (SELECT `reflect`('java.lang.System', 'setProperty', 'kvsweep.reflected', 'x'))",
        "VALUES (reflect('java.lang.System', 'setProperty', 'kvsweep.reflected', 'x'))",
        "SELECT * FROM range(length(reflect('java.lang.System', 'setProperty', 'kvsweep.reflected', 'x')))"
      })
  void javaIsNotCalled(String sql) {
    assertEquals(2, query(sql), err::toString);
    assertTrue(
        said()
            .matches(
                "kvsweep: the query cannot be run \\(line 1, column \\d+\\):"
                    + " '(reflect|java_method|try_reflect)' calls Java, and a query only reads; leave it out"
                    + VIEWS),
        err::toString);
    assertNull(System.getProperty("kvsweep.reflected"));
  }

  @Test
  void aStatementThatTheShellSplitIsToBeQuoted() {
    assertEquals(
        2,
        CommandLines.create()
            .setErr(new PrintWriter(err, true))
            .execute("query", "my-out", "SELECT", "README.md", "docs", "FROM", "summary"),
        err::toString);
    assertEquals(
        "kvsweep: the query came as 5 arguments, of which the first is 'SELECT': a shell splits it at"
            + " blanks and replaces * by names of files; quote the statement: kvsweep query my-out"
            + " \"SELECT ...\"\n",
        said());
  }

  @Test
  void tablesOlderThanTheResultsAreSaidToBe(@TempDir Path other) throws IOException {
    TestResults.publish(other);
    AggregateTables.write(
        TestSpark.session(),
        ResultStore.open(other.toString(), new Configuration(false)),
        AggregateOptions.DEFAULT);
    assertEquals(0, query(other, "SELECT model FROM summary LIMIT 1"));
    assertEquals("\n", said());
    try (Stream<Path> results = Files.list(other.resolve("results"))) {
      Files.setLastModifiedTime(
          results.findFirst().orElseThrow(), FileTime.from(Instant.now().plusSeconds(60)));
    }
    assertEquals(
        0, query(other, "SELECT s.model FROM summary s JOIN frontier USING (method_spec) LIMIT 1"));
    assertEquals(
        "kvsweep: older than the results: summary, frontier; 'kvsweep aggregate %s' writes it anew\n"
            .formatted(other),
        said());
    err.getBuffer().setLength(0);
    assertEquals(0, query(other, "SELECT model FROM results LIMIT 1"));
    assertEquals("\n", said());
  }

  @Test
  void usage() {
    refused("SELECT 1", "--limit is 0; expected 1 or more\n", "--limit", "0");
    err.getBuffer().setLength(0);
    refused("SELECT 1", "Error: --csv, --json are mutually exclusive", "--csv", "--json");
    err.getBuffer().setLength(0);
    refused(
        "SELECT 1 AS a, 2 AS a",
        "two columns are named 'a', which a JSON object cannot hold; name them apart with AS\n",
        "--json");
    assertEquals(
        0, CommandLines.create().setOut(new PrintWriter(out, true)).execute("query", "--help"));
    assertTrue(
        out.toString().replaceAll("\\s+", " ").contains("Views: results (a row per cell, model,"),
        out::toString);
  }
}
