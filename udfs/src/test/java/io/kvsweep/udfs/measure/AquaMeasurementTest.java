package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.ArtefactRef;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.method.aqua.LayerPredictors;
import io.kvsweep.udfs.method.aqua.Predictor;
import io.kvsweep.udfs.method.aqua.Predictors;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A calibrated method on prompts that suit it or not; the toy model has 16 channels. */
class AquaMeasurementTest {
  private static final String SPEC = ToyUnits.REGISTRY.expand("aqua(bits=2)").get(0).toString();

  /** Zero predictors for layers {@code first} to {@code last}. */
  private static Artefact artefact(int first, int last) {
    List<Recipe.Input> inputs = new ArrayList<>();
    List<LayerPredictors> above = new ArrayList<>();
    for (int l = first; l <= last; l++) {
      inputs.add(new Recipe.Input("calibration", "layers." + l + ".key", "hash-" + l));
      if (l > first) {
        above.add(new LayerPredictors(Predictor.zero(16, 16), Predictor.zero(32, 16), 1, 1));
      }
    }
    return Artefact.of(new Recipe("toy", SPEC, "test-1", inputs), Predictors.toBytes(16, above));
  }

  private static Cell cell(CellKind kind, Artefact artefact) {
    return Cell.of(
        ToyUnits.REGISTRY,
        ToyUnits.REGISTRY.expand(SPEC).get(0),
        kind,
        1,
        Optional.of(new ArtefactRef("file", artefact.recipe().hash())));
  }

  private static List<ResultRow> measure(
      CacheSource source, Artefact artefact, int run, Cell... cells) {
    return new CacheMeasurement(ToyUnits.REGISTRY, path -> artefact, run)
        .measure(ToyUnits.key(UnitKey.ALL_LAYERS), source, List.of(cells));
  }

  @Test
  void rowsTellTheArtefactAndProjectTheirOwnLength() {
    Artefact artefact = artefact(2, 4);
    for (int run : List.of(4096, 1000)) {
      List<ResultRow> rows =
          measure(
              ToyUnits.prompt(4096, List.of(2, 3, 4)),
              artefact,
              run,
              cell(CellKind.KEY, artefact),
              cell(CellKind.BOTH, artefact));
      assertEquals(6, rows.size());
      for (ResultRow row : rows) {
        assertEquals("measured", row.get(ResultColumn.STATUS));
        assertEquals((long) artefact.bytes().length, row.get(ResultColumn.ARTEFACT_BYTES));
        assertEquals(row.get(ResultColumn.EFFECTIVE_BITS), row.get(ResultColumn.EFFECTIVE_BITS_4K));
      }
    }
  }

  @Test
  void aPromptOfSinksIsExact() {
    Artefact artefact = artefact(0, 1);
    for (ResultRow row :
        measure(ToyUnits.prompt(4, List.of(0, 1)), artefact, 4096, cell(CellKind.KEY, artefact))) {
      assertEquals("measured", row.get(ResultColumn.STATUS));
      assertEquals(0.0, row.get(ResultColumn.NMSE));
      assertEquals(4, row.get(ResultColumn.EXACT_TOKENS));
      assertEquals(0.0, row.get(ResultColumn.ATTENTION_KL));
    }
  }

  @Test
  void aSelectorLeavesOneTokenSetToAllLayers() {
    Artefact artefact = artefact(2, 4);
    CacheSource source = ToyUnits.prompt(1000, List.of(2, 3, 4));
    Cell cell =
        Cell.of(
            ToyUnits.REGISTRY,
            ToyUnits.REGISTRY.expand("knorm(budget=0.2) | " + SPEC).get(0),
            CellKind.BOTH,
            1,
            Optional.of(new ArtefactRef("file", artefact.recipe().hash())));
    assertEquals(Optional.of(SPEC), cell.calibrated(ToyUnits.REGISTRY));
    List<ResultRow> rows = measure(source, artefact, 300, cell);
    for (int i = 0; i < 3; i++) {
      ResultRow row = rows.get(i);
      assertEquals("measured", row.get(ResultColumn.STATUS), () -> "" + row);
      assertEquals("aqua", row.get(ResultColumn.METHOD));
      double bits = i == 0 ? 4 : 2;
      assertEquals(16 / bits * 5, row.get(ResultColumn.NOMINAL_READ_RATIO));
      assertEquals(4, row.get(ResultColumn.EXACT_TOKENS), "the first four that stay");
      // 196 of 1,000 tokens of 2 x 16 values coded with a norm each, 4 exact.
      assertEquals(
          196 * 2 * (2 * bits + 2) + 4 * 2 * 32,
          ((Long) row.get(ResultColumn.TOTAL_BYTES))
              - (Long) row.get(ResultColumn.HEADER_BYTES)
              - (i == 0 ? 125 : 0));
      double mass = (Double) row.get(ResultColumn.KEPT_MASS);
      assertTrue(mass > 0.02 && mass < 0.5, "got " + mass);
      assertTrue((Double) row.get(ResultColumn.ATTENTION_KL) > 0);
    }
  }

  @Test
  void otherLayersThanCalibratedAreAClearRow() {
    Artefact artefact = artefact(0, 1);
    List<ResultRow> rows =
        measure(ToyUnits.prompt(20, List.of(1, 2)), artefact, 4096, cell(CellKind.KEY, artefact));
    assertEquals(2, rows.size());
    assertEquals(
        "toy/prompt: captured layers are [1, 2], '%s' was calibrated on layers [0, 1]; calibrate on captures with the same layers"
            .formatted(SPEC),
        rows.get(0).get(ResultColumn.ERROR));
    assertNull(rows.get(0).get(ResultColumn.ARTEFACT_BYTES));
  }

  @Test
  void aGapBetweenLayersIsAClearRow() {
    List<ResultRow> rows =
        measure(
            ToyUnits.prompt(20, List.of(1, 2, 5)),
            artefact(0, 1),
            4096,
            ToyUnits.cell(SPEC, CellKind.KEY));
    assertEquals(3, rows.size());
    rows.forEach(
        row ->
            assertEquals(
                "toy/prompt: no layer between 2 and 5 was captured; a cross-layer method needs them"
                    + " without a gap",
                row.get(ResultColumn.ERROR)));
  }

  @Test
  void anArtefactThatChangedSinceThePlanIsAClearRow() {
    ResultRow row =
        measure(
                ToyUnits.prompt(20, List.of(0, 1)),
                artefact(0, 2),
                4096,
                cell(CellKind.KEY, artefact(0, 1)))
            .get(0);
    String error = (String) row.get(ResultColumn.ERROR);
    assertTrue(error.startsWith("file: the artefact changed since the sweep was planned"), error);
  }

  @Test
  void theRecipeIsPartOfTheCellAndNamesOfPromptsAreNot() {
    Recipe recipe = artefact(0, 1).recipe();
    List<Recipe.Input> renamed =
        recipe.inputs().stream()
            .map(input -> new Recipe.Input("another name", input.tensor(), input.sha256()))
            .toList();
    assertEquals(recipe.hash(), new Recipe(recipe.model(), SPEC, recipe.fitter(), renamed).hash());
    assertNotEquals(recipe.hash(), new Recipe("other", SPEC, recipe.fitter(), renamed).hash());
    assertNotEquals(recipe.hash(), new Recipe("toy", SPEC, "test-2", renamed).hash());
    assertNotEquals(
        cell(CellKind.KEY, artefact(0, 1)).cellId(), cell(CellKind.KEY, artefact(0, 2)).cellId());
    assertNotEquals(
        cell(CellKind.KEY, artefact(0, 1)).cellId(), ToyUnits.cell(SPEC, CellKind.KEY).cellId());
  }
}
