package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.RunManifest;
import io.kvsweep.jobs.storage.PoisonFileSystem;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.KvMeasure;
import io.kvsweep.udfs.sql.ResultRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that fail for good, or are killed. In an embedded Spark the first failure is for good. */
class FailingTaskTest {
  @TempDir Path folder;

  private SweepBench bench;

  @BeforeEach
  void poison() {
    PoisonFileSystem.settings(false)
        .forEach(
            (key, value) -> {
              System.setProperty("spark.hadoop." + key, value);
              // The test's own session, which may be older than the setting.
              TestSpark.session().sparkContext().hadoopConfiguration().set(key, value);
            });
    PoisonFileSystem.OPENED.clear();
    bench = new SweepBench(folder);
    bench.yaml("methods: ['rtn(bits=[2,4])']", "kinds: [key]");
  }

  @AfterEach
  void noSetting() {
    PoisonFileSystem.settings(false)
        .keySet()
        .forEach(k -> System.clearProperty("spark.hadoop." + k));
  }

  private SweepBench.Said sweep(String... more) {
    List<String> args = new ArrayList<>(bench.command("o", more));
    args.set(args.indexOf("--dataset") + 1, PoisonFileSystem.SCHEME + "://" + bench.dataset());
    return SweepBench.run(args.toArray(new String[0]));
  }

  /** How often files that are too much were opened. */
  private static int tries() {
    return PoisonFileSystem.OPENED.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  @Test
  void aTaskThatAlwaysFailsIsFailedRowsAndTheRestGoesOn() throws Exception {
    bench.with(SweepBench.small().prompts(List.of("a", "poison-1", "b", "poison-2", "c")));
    SweepBench.Said said = sweep("--json");
    assertEquals(3, said.code(), said.err());
    assertFalse(said.err().contains("\tat "), said.err());
    assertTrue(
        said.out().startsWith("12 cells measured, 8 failed, 0 were there already; 8 failed in all"),
        said.out());
    String last = said.err().lines().reduce((before, line) -> line).orElseThrow();
    assertTrue(
        last.contains("\"cells_done\":20,\"cells_planned\":20,\"cells_failed\":8,"), said.err());
    Map<String, ResultRow> rows = bench.rows("o");
    assertEquals(20, rows.size());
    for (ResultRow row : rows.values()) {
      boolean poison = row.get(ResultColumn.PROMPT).toString().startsWith("poison");
      assertEquals(poison ? "failed" : "measured", row.get(ResultColumn.STATUS));
      assertEquals(
          poison
              ? "internal error, see the log of the task, which failed 1 times:"
                  + " io.kvsweep.jobs.storage.PoisonFileSystem$Poison: too much for this task"
              : null,
          row.get(ResultColumn.ERROR));
    }
    // Two of them at the same time may be tried once more: the first that fails ends the job.
    int tries = tries();
    assertTrue(tries >= 8, tries + " tries of four units, each with the others and once alone");
    RunManifest run = bench.store("o").runs().get(0);
    assertEquals(Map.of("measured", 12L, "failed", 8L, "published_before", 0L), run.counts());
    assertEquals(6, run.cost().tasks(), "a task for each unit that could be measured");
    assertEquals(
        List.of(), bench.files("o").stream().filter(f -> f.startsWith("_staging")).toList());

    assertEquals(3, sweep().code());
    assertEquals(tries, tries(), "failed rows are done");
    SweepBench.Said again = sweep("--retry-failed");
    assertEquals(3, again.code(), again.err());
    assertTrue(
        again.out().startsWith("0 cells measured, 8 failed, 12 were there already; 8 failed in"),
        again.out());
    assertTrue(tries() >= tries + 8, tries() + " tries after " + tries);
  }

  @Test
  void whereNothingAtAllCanBeMeasuredTheSweepEnds() {
    bench.with(SweepBench.small().prompts(List.of("poison")).layers(12));
    SweepBench.Said said = sweep();
    assertEquals(1, said.code(), said.err());
    assertTrue(
        said.err().contains("IllegalStateException: 10 Spark jobs measured nothing"), said.err());
    assertTrue(tries() >= 10 && tries() <= 20, tries() + " tries in 10 jobs of 2 at a time");
  }

  /** Where something was measured before, even many failures in a row are those of their units. */
  @Test
  void manyUnitsThatFailDoNotStandInTheWayOfASweepThatWorks() {
    bench.with(SweepBench.small().prompts(List.of("a")).layers(1));
    assertEquals(0, sweep().code());
    bench.with(SweepBench.small().prompts(List.of("poison")).layers(12));
    SweepBench.Said said = sweep();
    assertEquals(3, said.code(), said.err());
    assertTrue(
        said.out().startsWith("0 cells measured, 24 failed, 2 were there already; 24 failed in"),
        said.out());
  }

  @Test
  void aStoreThatTimesOutOnceIsAskedAgain() {
    bench.with(SweepBench.small().prompts(List.of("late")).layers(1));
    SweepBench.Said said = sweep();
    assertEquals("2 cells measured, 0 failed, 0 were there already\n", said.out(), said.err());
    assertTrue(tries() > 1, () -> "opened " + tries() + " times");
  }

  @Test
  void anExecutorThatIsLostIsToldWithTheRemedy() {
    ExecutorLostFailure lost =
        new ExecutorLostFailure(
            "3", true, scala.Option.apply("Command exited with code 137\nmore of it"));
    TaskFailure failure = TaskFailure.of(lost).then(TaskFailure.of(lost));
    assertEquals(
        "m/p layer 3: 2 executors were lost while they measured this unit and no other"
            + " (ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason:"
            + " Command exited with code 137); if that was for want of memory, give more"
            + " --executor-memory or fewer cores per executor, and sweep again with --retry-failed",
        failure.error(new UnitKey("id", "m", "p", 3)));
  }

  @Test
  void unitsAreFoundInTheTasksThatSparkMakes() {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
    for (int tasks : new int[] {1, 3, 7, 10}) {
      List<Integer> units = IntStream.range(0, 10).boxed().toList();
      List<List<Integer>> expected = spark.parallelize(units, tasks).glom().collect();
      Map<Integer, List<Integer>> found =
          units.stream().collect(Collectors.groupingBy(unit -> SweepJob.task(unit, 10, tasks)));
      IntStream.range(0, tasks).forEach(i -> assertEquals(expected.get(i), found.get(i)));
    }
  }

  /** What is interrupted looks failed, and another attempt may have measured it. */
  @Test
  void aKilledTaskPublishesNothing() throws Exception {
    Row failed = ResultRows.toRow(TestRows.failed("a", "m", "p", 0, "interrupted"));
    Object[] columns = IntStream.range(0, failed.length()).mapToObj(failed::get).toArray();
    StructType schema =
        new StructType()
            .add("unit", KvMeasure.UNIT)
            .add("values_per_cell", DataTypes.LongType)
            .add("results", DataTypes.createArrayType(ResultRows.SCHEMA))
            .add("spectra", KvMeasure.ROWS.apply("spectra").dataType())
            .add("ranges", KvMeasure.ROWS.apply("ranges").dataType());
    Row key =
        new GenericRowWithSchema(
            new Object[] {TestRows.unit("m", "p", 0), "m", "p", 0, null, "d", "run-1"},
            KvMeasure.UNIT);
    Row unit =
        new GenericRowWithSchema(
            new Object[] {
              key, 4L, seq(new GenericRowWithSchema(columns, ResultRows.SCHEMA)), seq(), seq()
            },
            schema);
    PublishUnits publish =
        new PublishUnits(
            bench.store("o"),
            "run-1",
            "code",
            SweepCounters.of(TestSpark.session().sparkContext()));
    TaskContext task = TaskContext$.MODULE$.empty();
    TaskContext$.MODULE$.setTaskContext(task);
    try {
      task.markInterrupted("another attempt succeeded");
      TaskKilledException e =
          assertThrows(TaskKilledException.class, () -> publish.call(List.of(unit).iterator()));
      assertEquals("the task was killed before it published", e.reason());
    } finally {
      TaskContext$.MODULE$.unset();
    }
    assertEquals(0, bench.published("o"));
    publish.call(List.of(unit).iterator());
    assertEquals(1, bench.published("o"));
  }

  private static Object seq(Row... rows) {
    return scala.jdk.javaapi.CollectionConverters.asScala(List.of(rows)).toSeq();
  }
}
