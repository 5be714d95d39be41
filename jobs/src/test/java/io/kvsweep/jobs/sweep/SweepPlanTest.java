package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.synth.SynthSpecBuilder;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepPlanTest {
  private static final MethodRegistry WITH_TOY = withToy(1);

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeEach
  void twoModels() {
    bench =
        new SweepBench(folder)
            .with(SweepBench.small())
            .with(
                SweepBench.small()
                    .model("wide")
                    .prompts(List.of("a"))
                    .layers(3)
                    .kvHeads(4)
                    .queryHeads(8));
  }

  private static MethodRegistry withToy(int version) {
    List<Method> methods = new ArrayList<>(Methods.STANDARD.methods());
    methods.add(new ToyCacheMethod(version));
    return new MethodRegistry(methods);
  }

  private SweepPlan plan(String... lines) {
    return plan(WITH_TOY, lines);
  }

  private SweepPlan plan(MethodRegistry registry, String... lines) {
    return SweepPlan.of(
        bench.config(registry, lines),
        bench.manifest(),
        registry,
        DoneCells.read(bench.store("o")));
  }

  private String refusal(String... lines) {
    return assertThrows(InvalidInputException.class, () -> plan(lines)).getMessage();
  }

  /** Every (cell, unit) of a plan. */
  private static Set<String> pairs(SweepPlan plan) {
    Set<String> pairs = new TreeSet<>();
    for (PlannedUnit unit : plan.units()) {
      unit.cells().forEach(cell -> pairs.add(cell.cellId() + " " + unit.key().unitId()));
    }
    return pairs;
  }

  private void publish(UnitKey unit, Status status, List<Cell> cells) {
    List<ResultRow> rows = new ArrayList<>();
    for (Cell cell : cells) {
      rows.add(
          ResultRow.builder()
              .set(ResultColumn.RUN_ID, "run")
              .set(ResultColumn.CELL_ID, cell.cellId())
              .set(ResultColumn.UNIT_ID, unit.unitId())
              .set(ResultColumn.MODEL, unit.model())
              .set(ResultColumn.PROMPT, unit.prompt())
              .set(ResultColumn.KIND, cell.kind().label())
              .set(ResultColumn.METHOD, "rtn")
              .set(ResultColumn.METHOD_SPEC, cell.spec())
              .set(ResultColumn.LAYER, unit.layer())
              .set(ResultColumn.SEED, cell.seed())
              .set(ResultColumn.STATUS, status.label())
              .build());
    }
    ResultStore store = bench.store("o");
    store.publish("run", unit.unitId(), rows);
  }

  private void publishAll(SweepPlan plan) {
    plan.units().forEach(unit -> publish(unit.key(), Status.MEASURED, unit.cells()));
  }

  @Test
  void everyCellOnEveryUnit() {
    SweepPlan plan = plan("methods: [none, 'rtn(bits=[2,4])']", "kinds: [key, value]");
    assertEquals(2 * 2 + 3, plan.units().size());
    assertEquals(7 * 3 * 2, plan.pendingCells());
    assertEquals(7 * 6, pairs(plan).size());
    assertEquals(0, plan.published());
    assertEquals(0, plan.failedBefore());
  }

  @Test
  void selection() {
    assertEquals(3, plan("methods: [none]", "kinds: [key]", "models: ['w*']").pendingCells());
    assertEquals(5, plan("methods: [none]", "kinds: [key]", "prompts: [a]").pendingCells());
    assertEquals(1, plan("methods: [none]", "kinds: [key]", "layers: 2-9").pendingCells());
  }

  @Test
  void namesThatDoNotExist() {
    assertEquals(
        "no model matches 'x*'; the dataset has: small, wide",
        refusal("methods: [none]", "models: ['small', 'x*']"));
    assertEquals(
        "no prompt matches 'c'; the dataset has: a, b", refusal("methods: [none]", "prompts: [c]"));
    // Prompt b exists, but not of this model.
    assertEquals(
        "no prompt matches 'b'; the chosen models have: a",
        refusal("methods: [none]", "models: [wide]", "prompts: [b]"));
    assertEquals(
        "no selected prompt has a layer of 'layers: 7, 8'; they have: 0-2",
        refusal("methods: [none]", "layers: 7-8"));
  }

  /** A range takes what it finds, but says what it does not find. */
  @Test
  void layersThatAreNowhereAreNoted() {
    String[] lines = {"methods: [none]", "layers: [1-4, 9, 11, 12]"};
    assertEquals(
        Optional.of("no selected prompt has layers 3, 4, 9, 11, 12; they have: 0-2"),
        SweepPlan.missingLayers(bench.config(WITH_TOY, lines), bench.manifest()));
    assertEquals(
        Optional.empty(),
        SweepPlan.missingLayers(
            bench.config(WITH_TOY, "methods: [none]", "layers: 0-2"), bench.manifest()));
  }

  @Test
  void duplicatesCollapse() {
    SweepPlan plan =
        plan("methods: ['rtn(bits=4)', 'rtn(axis=token,bits=[4,2])', rtn(bits=4)]", "kinds: [key]");
    assertEquals(7 * 2, plan.pendingCells());
    // Sides of a pair are cells of their own, the same as outside of it.
    assertEquals(
        7 * 3,
        plan(
                "methods: ['pair(key=rtn(bits=4),value=rtn(bits=2))', 'rtn(bits=4)']",
                "kinds: [key, value]")
            .pendingCells());
  }

  @Test
  void largestFirst() {
    List<PlannedUnit> units = plan("methods: [none]", "kinds: [key]").units();
    for (int i = 1; i < units.size(); i++) {
      assertFalse(units.get(i - 1).cost() < units.get(i).cost());
    }
    assertEquals("wide", units.get(0).key().model());
    assertEquals(40 * 4 * 8, units.get(0).values());
    assertEquals("small", units.get(6).key().model());
    // A unit on which more is left to do comes before a larger one.
    publish(units.get(0).key(), Status.MEASURED, units.get(0).cells());
    List<PlannedUnit> rest = plan("methods: ['rtn(bits=[2,3,4])', none]", "kinds: [key]").units();
    assertEquals(units.get(0).key(), rest.get(2).key());
    assertEquals(3, rest.get(2).cells().size());
  }

  /** As many values each; what their decomposition and their queries take differs. */
  @Test
  void wideOrMuchAskedBeforeLong() {
    SynthSpecBuilder one = SweepBench.small().prompts(List.of("a")).layers(1);
    bench.with(one.model("long").tokens(512).kvHeads(2).queryHeads(2));
    bench.with(one.model("asked").queryHeads(128));
    bench.with(one.model("broad").tokens(16).kvHeads(64).queryHeads(64));
    List<PlannedUnit> units =
        plan("methods: [none]", "kinds: [key]", "models: [long, asked, broad]", "layers: 0")
            .units();
    units.forEach(unit -> assertEquals(16 * 512, unit.values()));
    assertEquals(
        List.of("broad", "asked", "long"), units.stream().map(u -> u.key().model()).toList());
  }

  /** The same cells on 50 times the bytes: not a byte more to hold and to send. */
  @Test
  void aPlanDoesNotGrowWithTensors() throws IOException {
    assertEquals(planBytes(40), planBytes(2000));
  }

  private int planBytes(int tokens) throws IOException {
    SweepBench prompts =
        new SweepBench(Files.createDirectory(folder.resolve("tokens-" + tokens)))
            .with(SweepBench.small().tokens(tokens));
    SweepPlan plan =
        SweepPlan.of(
            prompts.config("methods: [none, 'rtn(bits=[2,4])']"),
            prompts.manifest(),
            Methods.STANDARD,
            DoneCells.NONE);
    assertEquals(4 * 3 * 2, plan.pendingCells());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new ArrayList<>(SweepJob.rows(plan.units(), "dataset", "run")));
    }
    return bytes.size();
  }

  @Test
  void crossLayerCellsHavePromptsAsUnits() {
    SweepPlan plan = plan("methods: [toy-cache, none]", "kinds: [both]");
    List<PlannedUnit> prompts =
        plan.units().stream().filter(u -> u.key().layer() == UnitKey.ALL_LAYERS).toList();
    assertEquals(3, prompts.size());
    assertEquals(3 + 7, plan.pendingCells());
    assertEquals("wide/a", prompts.get(0).key().toString());
    assertEquals(3, prompts.get(0).key().layers().size());
    assertEquals(3 * 40 * 4 * 8, prompts.get(0).values());
    assertEquals(List.of("toy-cache(bits=4)"), specs(prompts.get(0)));
    assertEquals(
        "invalid method 'pair(key=toy-cache(bits=4),value=none(dtype=captured))': a method that"
            + " codes all layers together codes keys and values alike; name it alone",
        refusal("methods: ['pair(key=toy-cache,value=none)']", "kinds: [both]"));
  }

  private static List<String> specs(PlannedUnit unit) {
    return unit.cells().stream().map(Cell::spec).toList();
  }

  @Test
  void idsDoNotDependOnHowTheFileIsWritten() {
    Set<String> ids =
        pairs(
            plan("methods: [none, 'kivi(bits=[2,4],group=8)']", "kinds: [key, value]", "seed: 3"));
    assertEquals(
        ids,
        pairs(
            plan(
                "seed: 3",
                "kinds: [value, key]",
                "layers: [2, 1, 0]",
                "methods:",
                "  - kivi(group=8, bits=4)",
                "  - kivi(rope=post,bits=2,group=8)",
                "  - none(dtype=captured)",
                "models: [wide, small]")));
    assertNotEquals(
        ids,
        pairs(
            plan("methods: [none, 'kivi(bits=[2,4],group=8)']", "kinds: [key, value]", "seed: 4")));
  }

  @Test
  void whatIsPublishedIsNotPlanned() {
    String[] lines = {"methods: [none, 'rtn(bits=4)']", "kinds: [key]"};
    SweepPlan first = plan(lines);
    PlannedUnit half = first.units().get(3);
    publish(half.key(), Status.MEASURED, half.cells().subList(0, 1));
    PlannedUnit broken = first.units().get(5);
    publish(broken.key(), Status.FAILED, broken.cells());
    SweepPlan rest = plan(lines);
    assertEquals(first.pendingCells() - 3, rest.pendingCells());
    assertEquals(3, rest.published());
    assertEquals(2, rest.failedBefore());
    SweepPlan again =
        SweepPlan.of(
            bench.config(WITH_TOY, lines),
            bench.manifest(),
            WITH_TOY,
            DoneCells.read(bench.store("o")).measured());
    assertEquals(first.pendingCells() - 1, again.pendingCells());
    assertEquals(0, again.failedBefore());
    // A failed row beside a measured one of the same cell counts for nothing.
    publish(broken.key(), Status.MEASURED, broken.cells().subList(1, 2));
    assertEquals(1, plan(lines).failedBefore());
    assertEquals(3, plan(lines).published());
    // Failures of cells that this sweep does not ask for are not its failures.
    assertEquals(1, plan("methods: [" + specs(broken).get(0) + "]", "kinds: [key]").failedBefore());
    assertEquals(0, plan("methods: ['rtn(bits=5)']", "kinds: [key]").failedBefore());
  }

  @Test
  void whatIsAddedRerunsNothingOld() {
    SweepPlan first = plan("methods: [none, toy-cache]", "kinds: [key, both]");
    publishAll(first);
    bench.with(SweepBench.small().model("another").prompts(List.of("a", "z")).layers(1));
    bench.with(SweepBench.small().prompts(List.of("c")));
    SweepPlan second =
        plan("methods: ['rtn(bits=2)', none, toy-cache]", "kinds: [key, value, both]");
    Set<String> twice = pairs(first);
    twice.retainAll(pairs(second));
    assertEquals(Set.of(), twice);
    assertEquals(first.pendingCells(), second.published());
    int units = 7 + 2 + 2;
    int prompts = 3 + 2 + 1;
    assertEquals(units * 6 + prompts * 3, second.published() + second.pendingCells());
  }

  @Test
  void aNewVersionOfACodecRerunsItsCellsAlone() {
    String[] lines = {"methods: [none, toy-cache]", "kinds: [key]"};
    publishAll(plan(lines));
    assertEquals(0, plan(lines).units().size());
    SweepPlan rest = plan(withToy(2), lines);
    assertEquals(3, rest.pendingCells());
    assertEquals(7, rest.published());
  }

  @Test
  void readsMetadataOnly() throws IOException {
    Set<String> before = pairs(plan("methods: [none, toy-cache]"));
    try (var files = Files.walk(bench.dataset().resolve("tensors"))) {
      List<Path> tensors = files.filter(Files::isRegularFile).toList();
      assertEquals(3, tensors.size());
      for (Path file : tensors) {
        Files.delete(file);
      }
    }
    assertEquals(before, pairs(plan("methods: [none, toy-cache]")));
  }
}
