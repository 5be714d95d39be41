package io.kvsweep.jobs.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestResults;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.cli.CommandLines;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
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

  private static final String SELECTOR =
      Methods.STANDARD.expand("streaming(budget=64) | rtn(bits=4)").get(0).toString();

  @TempDir static Path folder;
  private static String run;
  private static String page;

  @BeforeAll
  static void results() throws Exception {
    run = TestResults.publish(folder);
    publishWhatRecipesLeaveOut();
    AggregateTables.write(TestSpark.session(), store(), AggregateOptions.DEFAULT);
    Path docs = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("docs");
    page = Files.readString(docs.resolve("queries.md"));
  }

  /** A selector, which looks best, another seed, and a row of an older version. */
  private static void publishWhatRecipesLeaveOut() {
    for (String model : List.of("ma", "mb")) {
      for (String prompt : List.of("p1", "p2")) {
        for (int layer = 0; layer < 2; layer++) {
          ResultRow row =
              row(SELECTOR, SELECTOR, model, prompt, layer, 1e-6)
                  .with()
                  .set(ResultColumn.METHOD, "rtn")
                  .set(ResultColumn.EFFECTIVE_BITS, 0.25)
                  .set(ResultColumn.READ_RATIO, 64.0)
                  .build();
          store().publish(run, TestRows.unit(model, prompt, layer), List.of(row));
        }
      }
    }
    ResultRow seed =
        row("seed 2", TestResults.RTN2, "mb", "p1", 1, 0.15)
            .with()
            .set(ResultColumn.SEED, 2L)
            .build();
    ResultRow old =
        row("old", TestResults.RTN4, "mb", "p1", 1, 0.5)
            .with()
            .set(ResultColumn.RUN_ID, "20200101T000000.000Z-00000000")
            .build();
    store().publish("more", TestRows.unit("mb", "p1", 1), List.of(seed, old));
  }

  private static ResultRow row(
      String cell, String spec, String model, String prompt, int layer, double nmse) {
    return TestRows.measured(cell, model, prompt, layer, nmse, 4)
        .with()
        .set(ResultColumn.RUN_ID, run)
        .set(ResultColumn.METHOD_SPEC, spec)
        .set(ResultColumn.EFFECTIVE_BITS, 2.0)
        .build();
  }

  private static ResultStore store() {
    return ResultStore.open(folder.toString(), new Configuration(false));
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
    Query query = new Query(TestSpark.session(), store(), sql);
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
    assertEquals(7, recipes.size());
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
        texts(run(recipes.get(3)), 0, 1, 2, 8));
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
    assertEquals(
        List.of("mb p1 1 " + TestResults.RTN4 + " 0.5"), texts(run(recipes.get(6)), 0, 1, 2, 5, 7));
  }

  @Test
  void recipesOfKvsweepAlone() throws Exception {
    List<String> recipes = blocks("kvsweep");
    assertEquals(2, recipes.size());
    // 24 rows measured in 1,500 ns each, a failed one, and nine without times.
    assertEquals(List.of(run + " 34 3.6E-5"), texts(run(recipes.get(0)), 0, 4, 5));
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
