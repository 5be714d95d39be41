package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.PromptSelector;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Selectors left of methods that code all layers together. */
class PromptSelectionTest {
  private static final UnitKey UNIT = ToyUnits.key(UnitKey.ALL_LAYERS);

  private static List<ResultRow> measure(CacheSource source, int run, Cell... cells) {
    return new CacheMeasurement(ToyUnits.REGISTRY, run).measure(UNIT, source, List.of(cells));
  }

  private static double number(ResultRow row, ResultColumn column) {
    assertNull(row.get(ResultColumn.ERROR));
    return ((Number) row.get(column)).doubleValue();
  }

  private static PromptSelection select(String selector, CacheSource source, int run) {
    return PromptSelection.of(
        (PromptSelector)
            ToyUnits.REGISTRY.pipeline(selector + " | none", 1).selector().orElseThrow(),
        source,
        run);
  }

  @Test
  void knormKeepsTheLowestRelativeNormsOfAllLayersInRunsOfAnyLength() {
    ToyUnits.InMemory source = (ToyUnits.InMemory) ToyUnits.prompt(300, List.of(4, 5, 6));
    double[] score = new double[300];
    for (KvTensor keys : source.keys().values()) {
      for (int head = 0; head < 2; head++) {
        double[] norms = new double[300];
        for (int t = 0; t < 300; t++) {
          for (int i = 0; i < 8; i++) {
            norms[t] += Math.pow(keys.data()[(t * 2 + head) * 8 + i], 2);
          }
          norms[t] = Math.sqrt(norms[t]);
        }
        double mean = IntStream.range(0, 300).mapToDouble(t -> norms[t]).average().orElseThrow();
        for (int t = 0; t < 300; t++) {
          score[t] += norms[t] / mean;
        }
      }
    }
    List<Integer> lowest =
        IntStream.range(0, 300)
            .boxed()
            .sorted(Comparator.comparingDouble(t -> score[t]))
            .limit(60)
            .sorted()
            .toList();
    for (int run : new int[] {7, 128, 4096}) {
      PromptSelection selection = select("knorm(budget=0.2)", source, run);
      assertEquals(
          lowest, selection.tokens().coded().set(1).stream().boxed().toList(), "runs of " + run);
      assertTrue(selection.tokens().coded().shared());
    }
  }

  @Test
  void whatStaysIsAPromptOfItsOwn() {
    // Every layer the same tokens, and the codec's blocks are those of the short prompt.
    ToyUnits.InMemory source = (ToyUnits.InMemory) ToyUnits.prompt(300, List.of(0, 1, 2));
    List<ResultRow> rows =
        measure(
            source,
            4096,
            ToyUnits.cell("random(budget=60) | toy-delta(bits=4)", CellKind.BOTH),
            ToyUnits.cell("toy-delta(bits=4)", CellKind.BOTH));
    List<ResultRow> alone =
        measure(
            ToyUnits.prompt(60, List.of(0, 1, 2)),
            4096,
            ToyUnits.cell("toy-delta(bits=4)", CellKind.BOTH));
    for (int i = 0; i < 3; i++) {
      ResultRow row = rows.get(i);
      long mask = i == 0 ? 48 + 38 : 0; // one block for all layers, in the first row
      assertEquals(
          (long) alone.get(i).get(ResultColumn.TOTAL_BYTES) + mask,
          row.get(ResultColumn.TOTAL_BYTES));
      assertEquals(300, row.get(ResultColumn.TOKENS));
      assertEquals(5 * 16 / 4.0, number(row, ResultColumn.NOMINAL_READ_RATIO));
      assertEquals(
          number(row, ResultColumn.COMPRESSION_RATIO), number(row, ResultColumn.READ_RATIO));
      double mass = number(row, ResultColumn.KEPT_MASS);
      assertTrue(mass > 0.1 && mass < 0.4, "about a fifth, got " + mass);
      assertNull(row.get(ResultColumn.EFFECTIVE_BITS_4K));
      assertNull(rows.get(3 + i).get(ResultColumn.KEPT_MASS));
    }
  }

  @Test
  void attentionIsThatOfTheLayerLocalSelection() {
    // toy-delta on one layer is the plain quantiser: the same tokens must give the same attention.
    ToyUnits.InMemory source = (ToyUnits.InMemory) ToyUnits.prompt(300, List.of(3));
    LayerUnit layer =
        new LayerUnit(
            ToyUnits.key(3),
            ToyUnits.MODEL,
            java.util.Optional.of(source.keys().get(3)),
            java.util.Optional.of(source.values().get(3)),
            java.util.Optional.of(source.query()));
    String selector = "streaming(budget=0.2,sinks=3) | ";
    ResultRow local =
        new LayerMeasurement(ToyUnits.REGISTRY)
            .measure(layer, List.of(ToyUnits.cell(selector + "none", CellKind.BOTH)))
            .get(0);
    ResultRow across =
        measure(source, 4096, ToyUnits.cell(selector + "toy-delta(bits=8)", CellKind.BOTH)).get(0);
    assertEquals(
        number(local, ResultColumn.KEPT_MASS), number(across, ResultColumn.KEPT_MASS), 1e-12);
    assertEquals(
        number(local, ResultColumn.OUTPUT_ERROR),
        number(across, ResultColumn.OUTPUT_ERROR),
        0.01 * number(local, ResultColumn.OUTPUT_ERROR));
  }

  @Test
  void runsWithoutAKeptTokenAreSkippedAndRunsChangeNothing() {
    CacheSource source = ToyUnits.prompt(1000, List.of(0, 1));
    Cell cell = ToyUnits.cell("streaming(budget=40) | toy-delta(bits=3)", CellKind.BOTH);
    List<ResultRow> whole = measure(source, 4096, cell);
    List<ResultRow> cut = measure(source, 256, cell);
    for (int i = 0; i < 2; i++) {
      for (ResultColumn column :
          List.of(
              ResultColumn.NMSE,
              ResultColumn.KEPT_MASS,
              ResultColumn.ATTENTION_KL,
              ResultColumn.OUTPUT_ERROR,
              ResultColumn.CODES_BYTES)) {
        assertEquals(number(whole.get(i), column), number(cut.get(i), column), column::label);
      }
      // The first and the last of four runs hold something: two tensors, two blocks each.
      assertEquals(4 * 48.0 + (i == 0 ? 48 : 0), number(cut.get(i), ResultColumn.HEADER_BYTES));
    }
  }

  @Test
  void aSelectorOfEachLayersOwnTokensIsRefused() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () ->
                ToyUnits.cell("shadowkv | toy-delta(bits=4)", CellKind.KEY)
                    .crossLayer(ToyUnits.REGISTRY));
    assertTrue(
        e.getMessage()
            .endsWith(
                "its selector chooses other tokens in each layer, and a method that codes all layers together needs one set for all; use a selector that evicts, such as knorm or streaming"),
        e::getMessage);
  }

  @Test
  void aPromptThatCannotBeReadFailsTheSelector() {
    ToyUnits.InMemory good = (ToyUnits.InMemory) ToyUnits.prompt(20, List.of(1, 2));
    CacheSource broken =
        new CacheMeasurementTest.ForwardingSource(good) {
          @Override
          public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
            throw new InvalidInputException("file x: layer " + layer + " is damaged");
          }
        };
    List<ResultRow> rows =
        measure(broken, 4096, ToyUnits.cell("knorm(budget=5) | toy-delta(bits=2)", CellKind.KEY));
    assertEquals(2, rows.size());
    rows.forEach(row -> assertEquals("file x: layer 1 is damaged", row.get(ResultColumn.ERROR)));
  }

  /** 28 layers of 1,024 channels, a fifth of the tokens: 38.3x, and 39.6x of the backbone alone. */
  @Test
  void theRatiosPublishedWithAFifthOfTheTokensAreNominal() {
    TensorShape prompt = new TensorShape(10_000, 8, 128);
    int kept =
        ToyUnits.REGISTRY
            .pipeline("knorm(budget=0.2) | none", 1)
            .selector()
            .orElseThrow()
            .size(prompt.tokens(), 8, 128)
            .codedTokens();
    assertEquals(2000, kept);
    double aqua = 0;
    double higgs = 0;
    CacheCodec codec = (CacheCodec) ToyUnits.REGISTRY.pipeline("aqua(bits=2,sinks=0)", 1).codec();
    for (int layer = 0; layer < 28; layer++) {
      // The authors count a norm of 16 bits per token with the codes: all of a block but its
      // header.
      TensorShape left = prompt.withTokens(kept);
      long block =
          codec.blockBytes(layer, new CacheCodec.Run(0, left, 28, DType.F16)).orElseThrow();
      aqua += 8.0 * (block - 48) / left.values() / 28;
      higgs = 8.0 * (block - 48) / left.values();
    }
    assertEquals(2.0871, aqua, 5e-5);
    assertEquals(2.015625, higgs);
    assertEquals(38.33, StepReads.nominalRatio(16, aqua, prompt.tokens(), kept), 0.005);
    assertEquals(39.69, StepReads.nominalRatio(16, higgs, prompt.tokens(), kept), 0.005);
    // The publication divides by widths rounded to two digits, 2.09 and 2.02.
    assertEquals(38.28, StepReads.nominalRatio(16, 2.09, prompt.tokens(), kept), 0.005);
    assertEquals(39.60, StepReads.nominalRatio(16, 2.02, prompt.tokens(), kept), 0.005);
  }
}
