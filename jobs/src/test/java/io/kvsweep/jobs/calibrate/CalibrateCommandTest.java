package io.kvsweep.jobs.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.synth.SynthSpec;
import io.kvsweep.datasets.synth.SynthSpecBuilder;
import io.kvsweep.datasets.synth.SyntheticCapture;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.cli.CommandLines;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From calibration to result rows, as users go. */
class CalibrateCommandTest {
  private static final String SPEC =
      "aqua(bits=2,first=4,sinks=4,backbone=higgs(dim=2,group=auto,signs=false,rope=pre))";

  @TempDir static Path shared;
  @TempDir Path folder;

  private static String dataset;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void synthesise() {
    TestSpark.session();
    dataset = shared.resolve("dataset").toString();
    write(builder().model("toy").layers(3));
    write(builder().model("other").layers(3).seed(2));
    write(builder().model("single").layers(1).prompts(List.of("a")));
  }

  private static SynthSpecBuilder builder() {
    return SynthSpec.builder()
        .prompts(List.of("a", "b", "c"))
        .tokens(80)
        .headDim(8)
        .queries(4)
        .layerCorrelation(0.9);
  }

  private static void write(SynthSpecBuilder synth) {
    SyntheticCapture.write(
        synth.build(), new org.apache.hadoop.fs.Path(dataset), new Configuration(), line -> {});
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int calibrate(String prompts, String models) {
    return run(
        "calibrate",
        "aqua(bits=2)",
        "--dataset",
        dataset,
        "--prompts",
        prompts,
        "--models",
        models,
        "--out",
        artefacts());
  }

  private String artefacts() {
    return folder.resolve("artefacts").toString();
  }

  private String[] sweep(String models, String prompts, String name) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve(name + ".yaml"),
            "models: %s\nprompts: %s\nkinds: [key, both]\nmethods: ['aqua(bits=2)']\n"
                .formatted(models, prompts));
    return new String[] {
      "sweep",
      config.toString(),
      "--dataset",
      dataset,
      "--out",
      folder.resolve(name).toString(),
      "--artefacts",
      artefacts()
    };
  }

  private List<ResultRow> rows(String name) {
    ResultStore store = ResultStore.open(folder.resolve(name).toString(), new Configuration());
    List<ResultRow> rows = new ArrayList<>();
    store.files().forEach(f -> rows.addAll(store.read(f, List.of(ResultColumn.values()))));
    return rows;
  }

  @Test
  void aSelectorLeftOfACalibratedMethodUsesItsArtefact() throws Exception {
    assertEquals(0, calibrate("a,b", "toy"), err::toString);
    Path config =
        Files.writeString(
            folder.resolve("selected.yaml"),
            "models: [toy]\nprompts: [c]\nkinds: [both]\nmethods:\n"
                + "  - knorm(budget=0.2) | aqua(bits=2)\n  - aqua(bits=2)\n");
    String[] command = {
      "sweep",
      config.toString(),
      "--dataset",
      dataset,
      "--out",
      folder.resolve("selected").toString(),
      "--artefacts",
      artefacts()
    };
    assertEquals(0, run(command), err::toString);
    List<ResultRow> rows = rows("selected");
    assertEquals(2 * 3, rows.size());
    for (ResultRow row : rows) {
      assertEquals(
          "measured", row.get(ResultColumn.STATUS), () -> "" + row.get(ResultColumn.ERROR));
      boolean selected = row.get(ResultColumn.METHOD_SPEC).toString().startsWith("knorm");
      int layer = (Integer) row.get(ResultColumn.LAYER);
      assertEquals(
          selected ? 5 * (layer == 0 ? 4.0 : 8.0) : null, row.get(ResultColumn.NOMINAL_READ_RATIO));
      assertEquals(selected, row.get(ResultColumn.KEPT_MASS) != null);
    }
    assertEquals(
        2,
        run(
            "calibrate",
            "knorm(budget=0.2) | aqua(bits=2)",
            "--dataset",
            dataset,
            "--prompts",
            "a",
            "--out",
            artefacts()));
    assertTrue(
        err.toString()
            .contains("is calibrated without its selector; give calibrate '" + SPEC + "'"),
        err::toString);
  }

  @Test
  void aSweepTakesTheArtefactOfEachModel() throws Exception {
    assertEquals(0, calibrate("a,b", "toy,other"), err::toString);
    assertTrue(out.toString().contains("2 artefacts made, 0 were there already"), out::toString);
    try (Stream<Path> files = Files.list(Path.of(artefacts()))) {
      assertEquals(4, files.count(), "an artefact and a report per model, no scratch");
    }
    assertEquals(0, calibrate("a,b", "toy,other"), err::toString);
    assertTrue(out.toString().contains("0 artefacts made, 2 were there already"), out::toString);

    assertEquals(0, run(sweep("[toy, other]", "[c]", "one")), err::toString);
    List<ResultRow> rows = rows("one");
    assertEquals(2 * 2 * 3, rows.size());
    Set<Object> cells = new HashSet<>();
    for (ResultRow row : rows) {
      assertEquals(
          "measured", row.get(ResultColumn.STATUS), () -> "" + row.get(ResultColumn.ERROR));
      cells.add(row.get(ResultColumn.CELL_ID));
      long artefact = (Long) row.get(ResultColumn.ARTEFACT_BYTES);
      assertTrue(artefact > 2 * 2 * (3 * 256 + 32), () -> "artefact_bytes " + artefact);
      assertEquals(4, row.get(ResultColumn.EXACT_TOKENS));
      int layer = (Integer) row.get(ResultColumn.LAYER);
      assertEquals(layer == 0 ? 4.0 : 2.0, row.get(ResultColumn.NOMINAL_BITS));
      // Sinks and header weigh less and less on codes and one norm per group of 16.
      double limit = (layer == 0 ? 4 : 2) + 1;
      double projected = (Double) row.get(ResultColumn.EFFECTIVE_BITS_128K);
      assertTrue(projected > limit && projected < limit + 0.01, () -> "128k: " + projected);
    }
    assertEquals(4, cells.size(), "the recipe is part of a cell, and models have their own");

    assertEquals(0, run(sweep("[toy, other]", "[c]", "one")), err::toString);
    assertTrue(out.toString().contains("0 cells measured, 0 failed, 4 were there already"));
  }

  @Test
  void aSweepRefusesPromptsThatWereFittedOn() throws Exception {
    assertEquals(0, calibrate("a,b", "toy"), err::toString);
    assertEquals(2, run(sweep("[toy]", "[b, c]", "out")));
    assertTrue(
        err.toString().contains("kvsweep: prompt 'toy/b' was used to calibrate '" + SPEC + "' ("),
        err::toString);
    assertTrue(err.toString().contains("leave it out of 'prompts'"), err::toString);
    assertFalse(Files.exists(folder.resolve("out")), "nothing was measured or made");
  }

  @Test
  void aSweepWithoutArtefactSaysHowToMakeOne() throws Exception {
    assertEquals(2, run(sweep("[toy]", "[c]", "out")));
    assertTrue(
        err.toString()
            .contains(
                "make one with: kvsweep calibrate '%s' --dataset %s --models 'toy' --prompts 'a,b' --out %s"
                    .formatted(SPEC, dataset, artefacts())),
        err::toString);
    String[] bare = Stream.of(sweep("[toy]", "[c]", "out")).limit(6).toArray(String[]::new);
    assertEquals(2, run(bare));
    assertTrue(err.toString().contains("and no --artefacts is given"), err::toString);
  }

  @Test
  void oneLayerNeedsNoArtefact() throws Exception {
    assertEquals(0, run(sweep("[single]", "[a]", "out")), err::toString);
    for (ResultRow row : rows("out")) {
      assertEquals("measured", row.get(ResultColumn.STATUS));
      assertNull(row.get(ResultColumn.ARTEFACT_BYTES));
    }
    assertEquals(2, calibrate("a", "single"));
    assertTrue(err.toString().contains("has one captured layer"), err::toString);
  }

  @Test
  void anotherRecipeOfTheSameModelAndMethodIsRefused() {
    assertEquals(0, calibrate("a", "toy"), err::toString);
    assertEquals(2, calibrate("a,b", "toy"));
    assertTrue(
        err.toString().contains("was calibrated on other tensors or by another version"),
        err::toString);
  }

  @Test
  void onlyCalibratedMethodsAreCalibrated() {
    assertEquals(
        2,
        run(
            "calibrate",
            "rtn(bits=2)",
            "--dataset",
            dataset,
            "--prompts",
            "a",
            "--out",
            artefacts()));
    assertTrue(err.toString().contains("needs no calibration"), err::toString);
    assertEquals(2, calibrate("nowhere", "toy"));
    assertTrue(err.toString().contains("no prompt matches 'nowhere'"), err::toString);
  }

  @Test
  void namesAreReadableAndDiffer() {
    String one = ArtefactFolder.name("Org/Model-7B", SPEC);
    assertTrue(one.startsWith("org-model-7b__aqua-bits-2-first-4"), one);
    assertNotEquals(one, ArtefactFolder.name("org/model-7b", SPEC));
  }
}
