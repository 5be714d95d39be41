package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

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
}
