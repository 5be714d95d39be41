package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunCost;
import io.kvsweep.jobs.storage.OutputLock;
import io.kvsweep.udfs.measure.LayerMeasurement;
import io.kvsweep.udfs.measure.UnitReader;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {
  private static final String[] LINES = {
    "methods: [none, 'rtn(bits=[2,4])', 'kivi(bits=2,group=8)', 'svdq(bits=[1.25,4])']",
    "kinds: [key, value, both]"
  };
  private static final int CELLS = 6 * 3;

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void twoPrompts() {
    bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml(LINES);
  }

  private SweepPlan plan() {
    return SweepPlan.of(
        bench.config(LINES), bench.manifest(), Methods.STANDARD, DoneCells.read(bench.store("o")));
  }

  private Dataset<Row> measured(SweepPlan plan) {
    return new SweepJob(
            TestSpark.session(), bench.dataset().toString(), bench.store("o"), "run", "code")
        .measured(plan);
  }

  private static Map<String, String> collect(Dataset<Row> measured) {
    List<ResultRow> rows = new ArrayList<>();
    for (Row unit : measured.collectAsList()) {
      unit.<Row>getList(2).forEach(result -> rows.add(ResultRows.fromRow(result)));
    }
    return SweepBench.values(SweepBench.byKey(rows));
  }

  @Test
  void everyPlannedCellIsOneRow() throws Exception {
    SweepPlan plan = plan();
    assertEquals(4L * CELLS, plan.pendingCells());
    SweepBench.Said said = bench.sweep("o");
    assertEquals(0, said.code(), said.err());
    assertEquals("72 cells measured, 0 failed, 0 were there already\n", said.out());
    Map<String, ResultRow> rows = bench.rows("o");
    assertEquals(72, rows.size());
    DoneCells done = DoneCells.read(bench.store("o"));
    assertEquals(72, done.size());
    for (PlannedUnit unit : plan.units()) {
      unit.cells()
          .forEach(cell -> assertTrue(done.status(cell.cellId(), unit.key().unitId()).isPresent()));
    }
    assertTrue(rows.values().stream().allMatch(ResultRow::measured));
    assertEquals(4, bench.store("o").files().size());
    assertEquals(List.of(), bench.files("o").stream().filter(f -> f.contains("_staging")).toList());
    assertEquals("0 cells measured, 0 failed, 72 were there already\n", bench.sweep("o").out());
  }

  @Test
  void theManifestSaysWhatARunTook() {
    bench.sweep("o");
    RunCost cost = bench.store("o").runs().get(0).cost();
    assertEquals(4, cost.tasks(), "a task for each unit");
    assertTrue(cost.planSeconds() > 0, cost::toString);
    // What cells report of encoding and decoding is within tasks, and tasks within cores.
    double coding =
        bench.rows("o").values().stream()
                .mapToLong(
                    row ->
                        (Long) row.get(ResultColumn.ENCODE_NS)
                            + (Long) row.get(ResultColumn.DECODE_NS))
                .sum()
            * 1e-9;
    assertTrue(coding <= cost.taskSeconds(), () -> coding + " s of " + cost);
    assertTrue(cost.taskSeconds() <= cost.measureSeconds() * cost.cores(), cost::toString);
    assertTrue(cost.driverPeakHeapBytes() > 1 << 20, cost::toString);
    bench.sweep("o");
    assertEquals(1, bench.store("o").runs().size(), "where nothing is left to do, nothing is run");
  }

  @Test
  void thePlanShowsTheFunctionAndShufflesNothing() {
    String plan = measured(plan()).queryExecution().executedPlan().toString();
    assertTrue(plan.contains("kv_measure("), plan);
    assertFalse(plan.contains("Exchange"), plan);
  }

  @Test
  void rowsAreThoseOfTheMeasurementItself() {
    UnitReader reader =
        new UnitReader(TensorReader.open(bench.dataset().toString(), SweepBench.CONF));
    List<ResultRow> direct = new ArrayList<>();
    for (PlannedUnit unit : plan().units()) {
      direct.addAll(
          new LayerMeasurement(Methods.STANDARD).measure(reader.layer(unit.key()), unit.cells()));
    }
    bench.sweep("o");
    assertEquals(SweepBench.values(SweepBench.byKey(direct)), SweepBench.values(bench.rows("o")));
  }

  @Test
  void neitherPartitionsNorOrderMatter() {
    bench.with(
        SweepBench.small()
            .model("deep")
            .layers(31)
            .tokens(9)
            .prompts(List.of("x", "y"))
            .layerCorrelation(0));
    bench.yaml("methods: ['svdq(bits=2)']", "kinds: [key]");
    SweepPlan plan =
        SweepPlan.of(
            bench.config("methods: ['svdq(bits=2)', 'kivi(bits=2,group=4)']"),
            bench.manifest(),
            Methods.STANDARD,
            DoneCells.read(bench.store("o")));
    assertEquals(66, plan.units().size());
    Map<String, String> one = collect(measured(plan).coalesce(1));
    assertEquals(66 * 4, one.size());
    List<PlannedUnit> units = new ArrayList<>(plan.units());
    for (int partitions : new int[] {2, 7, 64}) {
      Collections.shuffle(units, new Random(partitions));
      SweepPlan shuffled = new SweepPlan(List.copyOf(units), 0, 0);
      assertEquals(one, collect(measured(shuffled).coalesce(partitions)));
    }
  }

  @Test
  void cellsOfAUnitDoNotTouchEachOther() {
    SweepPlan plan = plan();
    Map<String, String> together = collect(measured(plan));
    List<PlannedUnit> alone = new ArrayList<>();
    for (PlannedUnit unit : plan.units().subList(0, 2)) {
      unit.cells()
          .forEach(
              c ->
                  alone.add(
                      new PlannedUnit(unit.key(), List.of(c), unit.values(), unit.estimate())));
    }
    Map<String, String> apart = collect(measured(new SweepPlan(alone, 0, 0)));
    assertEquals(2 * CELLS, apart.size());
    apart.forEach((key, row) -> assertEquals(together.get(key), row));
  }

  @Test
  void onlyWhatIsGoneIsMeasuredAgain() throws Exception {
    bench.sweep("o");
    Map<String, ResultRow> before = bench.rows("o");
    List<String> files = bench.files("o").stream().filter(f -> f.startsWith("results")).toList();
    Files.delete(bench.output("o").resolve(files.get(1)));
    Files.delete(bench.output("o").resolve(files.get(3)));
    SweepBench.Said said = bench.sweep("o");
    assertEquals("36 cells measured, 0 failed, 36 were there already\n", said.out());
    Map<String, ResultRow> after = bench.rows("o");
    assertEquals(SweepBench.values(before), SweepBench.values(after));
    Map<Object, Integer> byRun = new HashMap<>();
    after.values().forEach(row -> byRun.merge(row.get(ResultColumn.RUN_ID), 1, Integer::sum));
    assertEquals(List.of(36, 36), List.copyOf(byRun.values()));
    assertEquals(files, bench.files("o").stream().filter(f -> f.startsWith("results")).toList());
  }

  @Test
  void methodsAddedLaterGetTheirRows() throws Exception {
    bench.yaml("methods: [none]", "kinds: [key]");
    assertEquals("4 cells measured, 0 failed, 0 were there already\n", bench.sweep("o").out());
    bench.yaml(LINES);
    assertEquals("68 cells measured, 0 failed, 4 were there already\n", bench.sweep("o").out());
    Map<String, String> grown = SweepBench.values(bench.rows("o"));
    bench.sweep("whole");
    assertEquals(SweepBench.values(bench.rows("whole")), grown);
  }

  @Test
  void aSecondSweepOnTheSameOutputIsRefused() {
    try (OutputLock lock = bench.store("o").lock()) {
      assertNotEquals(null, lock);
      SweepBench.Said said = bench.sweep("o");
      assertEquals(2, said.code());
      assertTrue(said.err().contains("process " + ProcessHandle.current().pid()), said.err());
      assertTrue(said.err().contains(bench.output("o").toString()), said.err());
      assertFalse(said.err().contains("\tat "), said.err());
      assertEquals("", said.out());
      assertThrows(
          InvalidInputException.class,
          () -> ResultStore.open(bench.output("o").toString(), SweepBench.CONF));
    }
    assertEquals(0, bench.sweep("o").code());
  }
}
