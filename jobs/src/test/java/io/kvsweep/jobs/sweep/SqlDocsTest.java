package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import java.io.IOException;
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

/** The queries of docs/sql.md and README.md run as they stand, over a small dataset. */
class SqlDocsTest {
  private static final Pattern BLOCK = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);

  @TempDir static Path folder;

  private static SweepBench bench;

  @BeforeAll
  static void dataset() {
    TestSpark.session();
    bench = new SweepBench(folder).with(SweepBench.small());
  }

  private static String page(String name) throws IOException {
    return Files.readString(Path.of("..").resolve(name));
  }

  /** Those with functions of ours. */
  private static List<String> queries(String page) {
    List<String> queries = new ArrayList<>();
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      for (String query : block.group(1).split(";\\s*\n")) {
        if (query.contains("kv_")) {
          queries.add(query.replace("my-dataset", bench.dataset().toString()));
        }
      }
    }
    return queries;
  }

  private static void run(String page, int atLeast) throws IOException {
    List<String> queries = queries(page(page));
    assertTrue(queries.size() >= atLeast, page + " has " + queries.size() + " queries");
    for (String query : queries) {
      List<Row> rows = TestSpark.session().sql(query).collectAsList();
      assertFalse(rows.isEmpty(), query);
      for (Row row : rows) {
        assertFalse(row.anyNull(), query + "\n" + row);
      }
    }
  }

  @Test
  void pageOfTheFunctions() throws IOException {
    run("docs/sql.md", 6);
  }

  @Test
  void readme() throws IOException {
    run("README.md", 1);
  }

  /** The page names every function, with its arguments in order, and its result. */
  @Test
  void everyFunctionIsOnThePage() throws IOException {
    String page = page("docs/sql.md");
    for (String name : SqlFunctionsTest.names()) {
      String usage =
          TestSpark.session().sql("DESCRIBE FUNCTION " + name).collectAsList().stream()
              .map(row -> row.getString(0))
              .filter(line -> line.startsWith("Usage: "))
              .findFirst()
              .orElseThrow();
      String call = usage.substring("Usage: ".length(), usage.indexOf(" - "));
      assertTrue(page.contains("| `" + call + "` |"), call);
    }
  }

  /** Each row of the dataset is a tensor of 40 tokens in one block. */
  @Test
  void bothWaysOfAQueryAgree() throws IOException {
    List<String> queries =
        queries(page("docs/sql.md")).stream().filter(q -> q.contains("'svdq(bits=1.25)'")).toList();
    assertEquals(2, queries.size());
    String order = " ORDER BY 1, 2, 3";
    List<Row> rows = TestSpark.session().sql(queries.get(0) + order).collectAsList();
    assertEquals(4, rows.size());
    assertEquals(rows, TestSpark.session().sql(queries.get(1) + order).collectAsList());
  }
}
