package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnitMeasurementTest {
  private static ModelInfo model(double theta, double scale) {
    return new ModelInfo(
        "m", "A", 4, 2, 8, RopeStage.PRE, RopeStage.PRE, Optional.of(new Rope(theta)), scale);
  }

  private static PromptInfo prompt(DType dtype, int first, String digit) {
    TensorShape shape = new TensorShape(5, 2, 8);
    String sha = digit.repeat(64);
    List<TensorInfo> tensors =
        List.of(
            new TensorInfo(1, TensorKind.KEY, shape, dtype, RopeStage.PRE, first, sha),
            new TensorInfo(2, TensorKind.KEY, shape, dtype, RopeStage.PRE, first, sha));
    return new PromptInfo("m", "p", 5, first, OptionalInt.empty(), Map.of(), tensors);
  }

  @Test
  void whateverDecidesResultsDecidesTheUnitsId() {
    PromptInfo base = prompt(DType.F16, 0, "a");
    Set<String> ids = new TreeSet<>();
    ids.add(UnitKey.ofLayer(model(1e4, 0.5), base, 1).unitId());
    ids.add(UnitKey.ofLayer(model(1e4, 0.5), base, 2).unitId());
    ids.add(UnitKey.ofPrompt(model(1e4, 0.5), base).unitId());
    ids.add(UnitKey.ofLayer(model(5e5, 0.5), base, 1).unitId());
    ids.add(UnitKey.ofLayer(model(1e4, 0.25), base, 1).unitId());
    ids.add(UnitKey.ofLayer(model(1e4, 0.5), prompt(DType.BF16, 0, "a"), 1).unitId());
    ids.add(UnitKey.ofLayer(model(1e4, 0.5), prompt(DType.F16, 7, "a"), 1).unitId());
    ids.add(UnitKey.ofLayer(model(1e4, 0.5), prompt(DType.F16, 0, "b"), 1).unitId());
    assertEquals(8, ids.size());
    assertEquals(
        UnitKey.ofLayer(model(1e4, 0.5), base, 1),
        UnitKey.ofLayer(model(1e4, 0.5), prompt(DType.F16, 0, "a"), 1));
    assertNotEquals(
        List.of(1), UnitKey.ofPrompt(model(1e4, 0.5), base).layers(), "a prompt has both layers");
  }

  @Test
  void aUnitThatCannotBeOpenedFailsEveryCellOnEveryLayer() {
    UnitKey unit = UnitKey.ofPrompt(model(1e4, 0.5), prompt(DType.F16, 0, "a"));
    List<ResultRow> rows =
        new UnitMeasurement(ToyUnits.REGISTRY)
            .measure(
                () -> {
                  throw new InvalidInputException("no dataset here");
                },
                unit,
                List.of(
                    ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY),
                    ToyUnits.cell("toy-delta(bits=4)", CellKind.KEY)));
    assertEquals(List.of(1, 2, 1, 2), rows.stream().map(r -> r.get(ResultColumn.LAYER)).toList());
    rows.forEach(row -> assertEquals("no dataset here", row.get(ResultColumn.ERROR)));
    rows.forEach(row -> assertEquals("toy-delta", row.get(ResultColumn.METHOD)));
  }

  /** No file is read: there is none. */
  @Test
  void aUnitThatCannotFitIsRefusedWithTheMemoryItNeeds(@TempDir Path folder) {
    // 1024 tokens of 8 heads of 128: 4 MB as float32, 21 times that, and 44 bytes x 1024^2.
    TensorShape shape = new TensorShape(1024, 8, 128);
    ModelInfo model =
        new ModelInfo("m", "A", 8, 8, 128, RopeStage.NONE, RopeStage.NONE, Optional.empty(), 0.125);
    String sha = "a".repeat(64);
    PromptInfo prompt =
        new PromptInfo(
            "m",
            "p",
            1024,
            0,
            OptionalInt.empty(),
            Map.of(),
            List.of(new TensorInfo(3, TensorKind.KEY, shape, DType.F16, RopeStage.NONE, 0, sha)));
    DatasetManifest manifest = new DatasetManifest(List.of(model), List.of(prompt), List.of());
    UnitReader reader =
        new UnitReader(new TensorReader(folder.toString(), new Configuration(false), manifest));
    UnitKey unit = UnitKey.ofLayer(model, prompt, 3);
    List<Cell> cells = List.of(ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY));
    long heap = 3L << 22;
    String error = refusal(heap - 1, reader, unit, cells);
    assertEquals(
        "m/p layer 3 does not fit with 1 cells at once into a heap of 11 MB: 128 MB for each"
            + " core are enough; give Java more (KVSWEEP_HEAP=8g, on a cluster --executor-memory"
            + " 8g) or fewer cores, and sweep again with --retry-failed",
        error);
    // With room for it, it is read; there is no such file.
    String read = refusal(heap, reader, unit, cells);
    assertTrue(
        read.endsWith(
            "token 0 is in no block; expected positions 0 to 1023 without a gap: import it again"),
        read);
  }

  private static String refusal(long heap, UnitReader reader, UnitKey unit, List<Cell> cells) {
    List<ResultRow> rows =
        new UnitMeasurement(
                ToyUnits.REGISTRY, Artefacts.NONE, Reconstructions.NONE, Optional.empty(), heap)
            .measure(() -> reader, unit, cells);
    assertEquals(1, rows.size());
    assertEquals("failed", rows.get(0).get(ResultColumn.STATUS));
    return (String) rows.get(0).get(ResultColumn.ERROR);
  }
}
