package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Opens a unit and measures all its cells: what one call of {@code kv_measure} does. A unit that
 * cannot be read gives one failed row per cell and layer, so that nothing is missing and the sweep
 * goes on.
 */
public final class UnitMeasurement {
  private final MethodRegistry registry;
  private final Artefacts artefacts;
  private final Reconstructions reconstructions;
  private final Optional<Diagnoses> diagnoses;
  private final long heap;

  /** Without calibrated methods and without diagnoses. */
  public UnitMeasurement(MethodRegistry registry) {
    this(registry, Artefacts.NONE, Reconstructions.NONE, Optional.empty());
  }

  /**
   * @param diagnoses collects what theory says of the measured layer-local cells
   */
  public UnitMeasurement(
      MethodRegistry registry,
      Artefacts artefacts,
      Reconstructions reconstructions,
      Optional<Diagnoses> diagnoses) {
    this(registry, artefacts, reconstructions, diagnoses, Runtime.getRuntime().maxMemory());
  }

  /**
   * @param heap bytes that this JVM may use
   */
  UnitMeasurement(
      MethodRegistry registry,
      Artefacts artefacts,
      Reconstructions reconstructions,
      Optional<Diagnoses> diagnoses,
      long heap) {
    this.registry = registry;
    this.artefacts = artefacts;
    this.reconstructions = reconstructions;
    this.diagnoses = diagnoses;
    this.heap = heap;
  }

  /**
   * Measures. A unit that cannot fit into the heap is refused before any of it is read; the rows
   * say how much a task slot needs.
   *
   * @param reader opens the dataset; asked for once
   * @return rows in the order of cells; one per layer of a cross-layer unit
   */
  public List<ResultRow> measure(Supplier<UnitReader> reader, UnitKey unit, List<Cell> cells) {
    SlotMemory needed = SlotMemory.NOTHING;
    try {
      UnitReader opened = reader.get();
      if (unit.layer() == UnitKey.ALL_LAYERS) {
        return new CacheMeasurement(registry, artefacts).measure(unit, opened.cache(unit), cells);
      }
      needed = opened.memory(unit);
      if (needed.least() > heap) {
        throw new CellFailure(tooLarge(unit, cells.size(), needed));
      }
      return new LayerMeasurement(registry, diagnoses, reconstructions)
          .measure(opened.layer(unit), cells);
    } catch (RuntimeException e) {
      return failed(unit, cells, e);
    } catch (OutOfMemoryError e) {
      // The arrays of a unit are by far the largest there are: without them there is room again.
      return failed(unit, cells, new CellFailure(tooLarge(unit, cells.size(), needed)));
    }
  }

  private List<ResultRow> failed(UnitKey unit, List<Cell> cells, RuntimeException e) {
    return failed(registry, unit, cells, cell -> Failures.describe(cell, unit, e));
  }

  /** The rows of a unit of which nothing can be measured, one per cell and layer. */
  public static List<ResultRow> failed(
      MethodRegistry registry, UnitKey unit, List<Cell> cells, String error) {
    return failed(registry, unit, cells, cell -> error);
  }

  private static List<ResultRow> failed(
      MethodRegistry registry, UnitKey unit, List<Cell> cells, Function<Cell, String> describe) {
    return cells.stream()
        .flatMap(
            cell -> {
              String error = describe.apply(cell);
              return unit.layers().stream()
                  .map(layer -> RowWriter.failed(registry, unit, layer, cell, error));
            })
        .toList();
  }

  private String tooLarge(UnitKey unit, int cells, SlotMemory needed) {
    return "%s does not fit with %d cells at once into a heap of %d MB%s; give Java more (KVSWEEP_HEAP=8g, on a cluster --executor-memory 8g) or fewer cores, and sweep again with --retry-failed"
        .formatted(
            unit,
            cells,
            heap >> 20,
            // Of all layers of a prompt only a run of tokens or a covariance is held at a time.
            needed.bytes() == 0
                ? ""
                : ": %d MB for each core are enough".formatted(needed.megabytes()));
  }
}
