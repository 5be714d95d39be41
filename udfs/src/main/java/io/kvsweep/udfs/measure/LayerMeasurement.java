package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Measures layer-local cells on one unit: encode, decode from the bytes, compare. One row per cell,
 * whatever happens: a cell that fails does not touch the others.
 */
public final class LayerMeasurement {
  /**
   * Decoded floats that wait for a common pass over the exact attention: an eighth of the heap, cut
   * into as many parts as there are cores, each of which may run a task. A single cell may exceed
   * it.
   */
  private static final long BATCH_FLOATS =
      Runtime.getRuntime().maxMemory()
          / 8
          / Runtime.getRuntime().availableProcessors()
          / Float.BYTES;

  private final MethodRegistry registry;
  private final Optional<Diagnoses> diagnoses;
  private final Reconstructions reconstructions;

  /** Measures alone. */
  public LayerMeasurement(MethodRegistry registry) {
    this(registry, Optional.empty());
  }

  /**
   * @param diagnoses collects what theory says of the measured cells
   */
  LayerMeasurement(MethodRegistry registry, Optional<Diagnoses> diagnoses) {
    this(registry, diagnoses, Reconstructions.NONE);
  }

  /**
   * @param diagnoses the same
   * @param reconstructions opens what external cells are of
   */
  LayerMeasurement(
      MethodRegistry registry, Optional<Diagnoses> diagnoses, Reconstructions reconstructions) {
    this.registry = registry;
    this.diagnoses = diagnoses;
    this.reconstructions = reconstructions;
  }

  /** Measures all cells, in their order. */
  public List<ResultRow> measure(LayerUnit unit, List<Cell> cells) {
    List<ResultRow> rows = new ArrayList<>();
    List<LayerCell> batch = new ArrayList<>();
    long floats = 0;
    for (Cell cell : cells) {
      LayerCell coded = LayerCell.code(registry, unit, cell, diagnoses, reconstructions);
      batch.add(coded);
      floats += coded.floats();
      if (floats > BATCH_FLOATS) {
        rows.addAll(finish(unit, batch));
        batch.clear();
        floats = 0;
      }
    }
    rows.addAll(finish(unit, batch));
    return rows;
  }

  /** Compares the attention of a batch, in which all share the exact side. */
  private List<ResultRow> finish(LayerUnit unit, List<LayerCell> batch) {
    List<LayerCell> compared =
        batch.stream().filter(cell -> !cell.hasFailed() && unit.hasAttention()).toList();
    try {
      compareAttention(unit, compared);
    } catch (RuntimeException e) {
      // A selector may fail while it is asked what a step reads. Find out whose it is.
      compared.forEach(cell -> compareAlone(unit, cell));
    }
    return batch.stream().map(LayerCell::row).toList();
  }

  private static void compareAlone(LayerUnit unit, LayerCell cell) {
    try {
      compareAttention(unit, List.of(cell));
    } catch (RuntimeException e) {
      cell.fail(e);
    }
  }

  private static void compareAttention(LayerUnit unit, List<LayerCell> cells) {
    if (cells.isEmpty()) {
      return;
    }
    TensorView keys = unit.view(TensorKind.KEY);
    TensorShape shape = keys.shape();
    AttentionFidelity attention =
        new AttentionFidelity(
            unit.queries().orElseThrow(),
            shape.heads(),
            shape.headDim(),
            cells.stream().map(LayerCell::touched).toList());
    attention.add(
        new AttentionFidelity.Run(
            0,
            keys.tensor().firstPosition(),
            shape.tokens(),
            keys.data(RopeStage.POST),
            unit.valuesOrZeros()),
        cells.stream().map(LayerCell::candidate).toList());
    // All results before any is handed out: a cell lets go of what it would be compared anew with.
    List<AttentionFidelity.Result> results =
        IntStream.range(0, cells.size())
            .mapToObj(attention::result)
            .map(result -> unit.hasValues() ? result : result.withoutOutput())
            .toList();
    for (int i = 0; i < cells.size(); i++) {
      cells.get(i).attention(results.get(i));
    }
  }
}
