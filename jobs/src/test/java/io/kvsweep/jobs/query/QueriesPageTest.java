package io.kvsweep.jobs.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestResults;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.cli.CommandLines;
import io.kvsweep.jobs.results.ResultStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every SQL block of {@code docs/queries.md}; {@code .ci/check-python-docs} runs the Python.
 */
class QueriesPageTest {
  private static final Pattern BLOCK =
      Pattern.compile("^```sql( \\w+)?\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  @TempDir static Path folder;
  private static String run;
  private static String page;

  @BeforeAll
  static void results() throws Exception {
    run = TestResults.write(folder);
    Path docs = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("docs");
    page = Files.readString(docs.resolve("queries.md"));
  }

  private static List<String> blocks(String dialect) {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(page);
    while (matcher.find()) {
      String found = matcher.group(1) == null ? "" : matcher.group(1).strip();
      if (found.equals(dialect)) {
        blocks.add(matcher.group(2).replace("`quickstart/", "`" + folder + "/"));
      }
    }
    return blocks;
  }

  private static List<Row> run(String sql) {
    ResultStore store = ResultStore.open(folder.toString(), new Configuration(false));
    Query query = new Query(TestSpark.session(), store, sql);
    return query.checked(() -> query.rows().collectAsList());
  }

  private static List<String> texts(List<Row> rows, int... columns) {
    List<String> texts = new ArrayList<>();
    for (Row row : rows) {
      List<String> cells = new ArrayList<>();
      for (int column : columns) {
        cells.add(String.valueOf(row.get(column)));
      }
      texts.add(String.join(" ", cells));
    }
    return texts;
  }

  @Test
  void recipesAnswerTheirQuestions() {
    List<String> recipes = blocks("");
    assertEquals(6, recipes.size());
    // Of both together SVDq takes 2.25 bits.
    assertEquals(
        List.of(
            "all models " + TestResults.RTN2, "ma " + TestResults.SVDQ, "mb " + TestResults.RTN2),
        texts(run(recipes.get(0)), 0, 2));
    assertEquals(
        List.of("ma p1 0 " + TestResults.KIVI + " out of \"heap\",\nsay more"),
        texts(run(recipes.get(1)), 0, 1, 2, 4, 5));
    // Seven of the eight layers.
    List<String> untried = texts(run(recipes.get(2)), 4);
    assertEquals(List.of(TestResults.KIVI), untried.stream().distinct().toList());
    assertEquals(7, untried.size());
    assertEquals(
        List.of("mb p1 1 " + TestResults.RTN2, "mb p2 1 " + TestResults.RTN2),
        texts(run(recipes.get(3)), 0, 1, 2, 7));
    // Between 2 and 4 bits rtn has the lower error on both models.
    String curve = TestResults.RTN2.replace("bits=2", "bits=*");
    assertTrue(
        texts(run(recipes.get(4)), 0, 2, 3).containsAll(List.of("ma 1 " + curve, "mb 1 " + curve)));
    List<Row> paired = run(recipes.get(5));
    assertFalse(paired.isEmpty());
    for (Row row : paired) {
      double ratio = row.getAs("ratio");
      assertTrue(
          row.<Double>getAs("low") <= ratio && ratio <= row.<Double>getAs("high"), row::toString);
    }
  }

  @Test
  void recipesOfKvsweepAlone() throws Exception {
    List<String> recipes = blocks("kvsweep");
    assertEquals(2, recipes.size());
    // 24 rows measured in 1,500 ns each, and a failed one.
    assertEquals(List.of(run + " 25 3.6E-5"), texts(run(recipes.get(0)), 0, 4, 5));
    int code =
        CommandLines.create()
            .execute(
                ("synth --layers 1 --queries 0 --tokens 16 --kv-heads 1 --query-heads 1 --head-dim 8 --out "
                        + folder.resolve("dataset"))
                    .split(" "));
    assertEquals(0, code);
    List<Row> rows = run(recipes.get(1));
    assertEquals(1, rows.size());
    assertTrue(rows.get(0).<Double>getAs("nmse") < 1, rows::toString);
  }

  @Test
  void viewsOfPlainSpark() {
    SparkSession session = TestSpark.session().newSession();
    List<String> statements = blocks("spark");
    assertEquals(2, statements.size());
    statements.forEach(session::sql);
    for (String view : List.of("results", "summary")) {
      String count = "SELECT count(*) FROM " + view;
      assertEquals(run(count), session.sql(count).collectAsList(), view);
    }
  }

  @Test
  void everyTableOfAggregateIsAView() throws Exception {
    List<String> tables;
    try (Stream<Path> files = Files.list(folder.resolve("tables"))) {
      tables =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".parquet"))
              .map(name -> name.replace(".parquet", ""))
              .toList();
    }
    assertEquals(7, tables.size());
    for (String table : tables) {
      assertTrue(texts(run("DESCRIBE " + table), 0).contains("model"), table);
    }
  }
}
