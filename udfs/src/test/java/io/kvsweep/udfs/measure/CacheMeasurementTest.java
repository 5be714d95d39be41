package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class CacheMeasurementTest {
  private static final UnitKey UNIT = ToyUnits.key(UnitKey.ALL_LAYERS);
  private static final Set<ResultColumn> TIMES =
      EnumSet.of(ResultColumn.ENCODE_NS, ResultColumn.DECODE_NS);
  private static final Set<ResultColumn> LIMITS =
      EnumSet.of(
          ResultColumn.RD_LIMIT_NMSE,
          ResultColumn.BITS_ABOVE_LIMIT,
          ResultColumn.RD_LIMIT_LOGIT_RMS);

  private static List<ResultRow> measure(CacheSource source, int run, Cell... cells) {
    return new CacheMeasurement(ToyUnits.REGISTRY, run).measure(UNIT, source, List.of(cells));
  }

  @Test
  void oneRowPerLayerWhoseErrorDoesNotGrowWithDepth() {
    List<ResultRow> rows =
        measure(
            ToyUnits.prompt(300, List.of(4, 5, 6, 7)),
            4096,
            ToyUnits.cell("toy-delta(bits=4)", CellKind.KEY));
    assertEquals(List.of(4, 5, 6, 7), rows.stream().map(r -> r.get(ResultColumn.LAYER)).toList());
    double first = (Double) rows.get(0).get(ResultColumn.NMSE);
    for (ResultRow row : rows.subList(1, 4)) {
      // The difference has a hundredth of the energy: a closed loop must gain, an open one adds up.
      assertTrue(
          (Double) row.get(ResultColumn.NMSE) < 0.1 * first, row.get(ResultColumn.NMSE)::toString);
      assertTrue((Double) row.get(ResultColumn.ATTENTION_KL) > 0);
      assertEquals(300, row.get(ResultColumn.TOKENS));
      assertEquals(4.0, row.get(ResultColumn.NOMINAL_BITS));
    }
  }

  private static double number(ResultRow row, ResultColumn column) {
    return (Double) row.get(column);
  }

  /** At its rate and error each row has the reference that layer-local rows of its layer have. */
  @Test
  void limitsAreThoseOfTheLayerByItself() {
    ToyUnits.InMemory source = (ToyUnits.InMemory) ToyUnits.prompt(300, List.of(4, 5));
    Cell[] cells = {
      ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY),
      ToyUnits.cell("toy-delta(bits=3)", CellKind.VALUE),
      ToyUnits.cell("toy-delta(bits=3)", CellKind.BOTH),
      ToyUnits.cell("knorm(budget=0.5) | toy-delta(bits=3)", CellKind.KEY)
    };
    List<ResultRow> rows = measure(source, 4096, cells);
    for (int i = 0; i < 6; i++) {
      ResultRow row = rows.get(i);
      int layer = (Integer) row.get(ResultColumn.LAYER);
      LayerUnit unit =
          new LayerUnit(
              ToyUnits.key(layer),
              ToyUnits.MODEL,
              Optional.of(source.keys().get(layer)),
              Optional.of(source.values().get(layer)),
              Optional.of(source.query()));
      GaussianReference reference =
          LayerSpectrum.reference(cells[i / 2].kind().tensors().stream().map(unit::view).toList());
      double bits = number(row, ResultColumn.EFFECTIVE_BITS);
      // Of one tensor in one run the bits; of both the energies are summed in another order.
      double slack = i < 4 ? 0 : 1e-13;
      double limit = reference.nmseAt(bits);
      assertEquals(limit, number(row, ResultColumn.RD_LIMIT_NMSE), slack * limit);
      assertEquals(
          bits - reference.bitsAt(number(row, ResultColumn.NMSE)),
          number(row, ResultColumn.BITS_ABOVE_LIMIT),
          slack);
      if (i < 2) {
        assertEquals(
            Math.sqrt(LayerSpectrum.logitReference(unit).nmseAt(bits) / (300 * 2)),
            row.get(ResultColumn.RD_LIMIT_LOGIT_RMS));
      } else {
        assertNull(row.get(ResultColumn.RD_LIMIT_LOGIT_RMS), "of rows of keys alone");
      }
    }
    for (ResultColumn column : LIMITS) {
      assertNull(rows.get(6).get(column), column::label); // of a selector
    }
  }

  @Test
  void limitsDependOnRunsByRoundingAlone() {
    CacheSource source = ToyUnits.prompt(700, List.of(0, 1));
    Cell cell = ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY);
    List<ResultRow> whole = measure(source, 4096, cell);
    List<ResultRow> cut = measure(source, 96, cell); // eight runs, the last of 28
    for (int i = 0; i < whole.size(); i++) {
      // Seven more headers of 48 bytes: the rate is another, so that errors are compared at one.
      double more = 8.0 * 7 * 48 / (700 * 16);
      // 16 directions, all above the water at 3 bits and more: each bit halves the error twice.
      assertEquals(
          number(whole.get(i), ResultColumn.RD_LIMIT_NMSE) * Math.pow(4, -more),
          number(cut.get(i), ResultColumn.RD_LIMIT_NMSE),
          1e-12);
      assertEquals(
          number(whole.get(i), ResultColumn.BITS_ABOVE_LIMIT) + more,
          number(cut.get(i), ResultColumn.BITS_ABOVE_LIMIT),
          1e-12);
      assertEquals(
          number(whole.get(i), ResultColumn.RD_LIMIT_LOGIT_RMS) * Math.pow(2, -more),
          number(cut.get(i), ResultColumn.RD_LIMIT_LOGIT_RMS),
          1e-12);
    }
  }

  @Test
  void aTensorIsReadOnceToCodeItAndOnceForTheLimitsOfAllCellsAndKeysOnceMore() {
    List<String> reads = new ArrayList<>();
    CacheSource counted =
        new ForwardingSource(ToyUnits.prompt(100, List.of(1, 2))) {
          @Override
          public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
            reads.add(layer + " " + kind + " " + from);
            return super.read(layer, kind, from, tokens);
          }
        };
    measure(
        counted,
        64,
        ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY),
        ToyUnits.cell("toy-delta(bits=3)", CellKind.KEY),
        ToyUnits.cell("toy-delta(bits=4)", CellKind.BOTH));
    assertEquals(2 * 2 * 2 * 2 + 2 * 2, reads.size(), reads::toString);
    assertEquals(2 * 2 * 2, reads.stream().distinct().count());
  }

  @Test
  void resultsDoNotDependOnRunsButForTheirHeaders() {
    CacheSource source = ToyUnits.prompt(700, List.of(0, 1, 2));
    Cell cell = ToyUnits.cell("toy-delta(bits=3)", CellKind.BOTH);
    List<ResultRow> whole = measure(source, 4096, cell);
    List<ResultRow> cut = measure(source, 256, cell);
    for (int i = 0; i < whole.size(); i++) {
      for (ResultColumn column :
          List.of(
              ResultColumn.NMSE,
              ResultColumn.NMSE_CENTRED,
              ResultColumn.COSINE_MEAN,
              ResultColumn.COSINE_P01,
              ResultColumn.MAX_ABS_ERROR,
              ResultColumn.LOGIT_RMS,
              ResultColumn.ATTENTION_KL,
              ResultColumn.ATTENTION_KL_P999,
              ResultColumn.OUTPUT_ERROR,
              ResultColumn.CODES_BYTES,
              ResultColumn.PARAMETERS_BYTES)) {
        assertEquals(whole.get(i).get(column), cut.get(i).get(column), column::label);
      }
      assertEquals(2 * 48L, whole.get(i).get(ResultColumn.HEADER_BYTES));
      assertEquals(2 * 3 * 48L, cut.get(i).get(ResultColumn.HEADER_BYTES));
    }
  }

  @Test
  void bothCountsKeysAndValues() {
    CacheSource source = ToyUnits.prompt(64, List.of(0, 1));
    List<ResultRow> rows =
        measure(
            source,
            4096,
            ToyUnits.cell("toy-delta", CellKind.KEY),
            ToyUnits.cell("toy-delta", CellKind.VALUE),
            ToyUnits.cell("toy-delta", CellKind.BOTH));
    long key = (Long) rows.get(1).get(ResultColumn.TOTAL_BYTES);
    long value = (Long) rows.get(3).get(ResultColumn.TOTAL_BYTES);
    assertEquals(key + value, rows.get(5).get(ResultColumn.TOTAL_BYTES));
    assertEquals(0.0, rows.get(3).get(ResultColumn.ATTENTION_KL), "keys are exact in a value row");
    assertTrue((Double) rows.get(3).get(ResultColumn.OUTPUT_ERROR) > 0);
  }

  /** In seven runs, of which the blocks of a layer are decoded side by side. */
  @Test
  void aCodedCacheHasTheBytesAndTensorsOfTheRows() {
    CacheSource source = ToyUnits.prompt(600, List.of(4, 5, 6));
    Cell[] cells = {
      ToyUnits.cell("toy-delta(bits=3)", CellKind.KEY),
      ToyUnits.cell("toy-delta(bits=3)", CellKind.VALUE)
    };
    List<ResultRow> rows = measure(source, 96, cells);
    CodedCache cache =
        CodedCache.of(
            ToyUnits.REGISTRY,
            ToyUnits.cell("toy-delta(bits=3)", CellKind.BOTH),
            Artefacts.NONE,
            UNIT,
            source,
            96);
    for (int layer = 4; layer < 7; layer++) {
      for (TensorKind kind : List.of(TensorKind.KEY, TensorKind.VALUE)) {
        ResultRow row = rows.get(layer - 4 + (kind == TensorKind.KEY ? 0 : 3));
        assertEquals(layer, row.get(ResultColumn.LAYER));
        assertEquals(row.get(ResultColumn.TOTAL_BYTES), cache.bytes(layer, kind));
        Distortion sums = new Distortion(1, 2, 8, 1200);
        sums.add(0, source.read(layer, kind, 0, 600).data(), cache.decode(layer, kind), 0, 600);
        assertEquals(row.get(ResultColumn.NMSE), sums.result().nmse());
      }
    }
    IllegalStateException e =
        Assertions.assertThrows(
            IllegalStateException.class, () -> cache.decode(5, TensorKind.VALUE));
    assertEquals(
        "layer 5 of [4, 5, 6] after 3 layers: they come in ascending order", e.getMessage());
  }

  @Test
  void aGapBetweenLayersIsAClearRowPerLayer() {
    List<ResultRow> rows =
        measure(
            ToyUnits.prompt(20, List.of(1, 2, 5)), 4096, ToyUnits.cell("toy-delta", CellKind.KEY));
    assertEquals(3, rows.size());
    for (ResultRow row : rows) {
      assertEquals("failed", row.get(ResultColumn.STATUS));
      assertEquals("toy-delta", row.get(ResultColumn.METHOD));
      assertEquals(
          "toy/prompt: no layer between 2 and 5 was captured; a cross-layer method needs them"
              + " without a gap",
          row.get(ResultColumn.ERROR));
    }
  }

  @Test
  void aLayerWithoutValuesIsAClearRow() {
    ToyUnits.InMemory whole = (ToyUnits.InMemory) ToyUnits.prompt(20, List.of(1, 2));
    Map<Integer, KvTensor> values = new TreeMap<>(whole.values());
    values.remove(2);
    List<ResultRow> rows =
        measure(
            new ToyUnits.InMemory(whole.keys(), values, whole.query()),
            4096,
            ToyUnits.cell("toy-delta", CellKind.KEY));
    assertEquals(
        "toy/prompt: value of layer 2 has shape none, expected [20, 2, 8] as in layer 1; a"
            + " cross-layer method needs keys and values of one shape",
        rows.get(0).get(ResultColumn.ERROR));
  }

  @Test
  void aPromptThatCannotBeReadFailsEveryLayerOfEveryCell() {
    CacheSource good = ToyUnits.prompt(20, List.of(1, 2));
    CacheSource broken =
        new ForwardingSource(good) {
          @Override
          public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
            if (layer == 2) {
              throw new InvalidInputException("file x: layer 2 is damaged");
            }
            return super.read(layer, kind, from, tokens);
          }
        };
    List<ResultRow> rows =
        measure(
            broken,
            4096,
            ToyUnits.cell("toy-delta(bits=2)", CellKind.KEY),
            ToyUnits.cell("toy-delta(bits=4)", CellKind.KEY));
    assertEquals(4, rows.size());
    rows.forEach(row -> assertEquals("file x: layer 2 is damaged", row.get(ResultColumn.ERROR)));
  }

  @Test
  void aPairOfCrossLayerAndLayerLocalIsRefused() {
    InvalidInputException e =
        Assertions.assertThrows(
            InvalidInputException.class,
            () ->
                ToyUnits.cell("pair(key=toy-delta(bits=4),value=none)", CellKind.BOTH)
                    .crossLayer(ToyUnits.REGISTRY));
    assertTrue(
        e.getMessage().contains("codes keys and values alike; name it alone"), e::getMessage);
  }

  @Test
  void timesAreTheOnlyColumnsThatDiffer() {
    CacheSource source = ToyUnits.prompt(100, List.of(0, 1));
    Cell cell = ToyUnits.cell("toy-delta", CellKind.BOTH);
    ResultRow one = measure(source, 4096, cell).get(1);
    ResultRow two = measure(source, 4096, cell).get(1);
    for (ResultColumn column : ResultColumn.values()) {
      if (!TIMES.contains(column) && column != ResultColumn.HEADS) {
        assertEquals(one.get(column), two.get(column), column::label);
      }
    }
  }

  abstract static class ForwardingSource implements CacheSource {
    private final CacheSource source;

    ForwardingSource(CacheSource source) {
      this.source = source;
    }

    @Override
    public io.kvsweep.datasets.tensor.ModelInfo model() {
      return source.model();
    }

    @Override
    public List<Integer> layers() {
      return source.layers();
    }

    @Override
    public java.util.Optional<io.kvsweep.datasets.tensor.TensorShape> shape(
        int layer, TensorKind kind) {
      return source.shape(layer, kind);
    }

    @Override
    public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
      return source.read(layer, kind, from, tokens);
    }

    @Override
    public java.util.Optional<KvTensor> queries(int layer) {
      return source.queries(layer);
    }
  }
}
