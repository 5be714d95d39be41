package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.List;
import java.util.Optional;
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
    this.registry = registry;
    this.artefacts = artefacts;
    this.reconstructions = reconstructions;
    this.diagnoses = diagnoses;
  }

  /**
   * Measures.
   *
   * @param reader opens the dataset; asked for once
   * @return rows in the order of cells; one per layer of a cross-layer unit
   */
  public List<ResultRow> measure(Supplier<UnitReader> reader, UnitKey unit, List<Cell> cells) {
    try {
      if (unit.layer() == UnitKey.ALL_LAYERS) {
        return new CacheMeasurement(registry, artefacts)
            .measure(unit, reader.get().cache(unit), cells);
      }
      return new LayerMeasurement(registry, diagnoses, reconstructions)
          .measure(reader.get().layer(unit), cells);
    } catch (RuntimeException e) {
      return failed(unit, cells, e);
    } catch (OutOfMemoryError e) {
      // The arrays of a unit are by far the largest there are: without them there is room again.
      return failed(unit, cells, new CellFailure(tooLarge(unit, cells.size())));
    }
  }

  private List<ResultRow> failed(UnitKey unit, List<Cell> cells, RuntimeException e) {
    return cells.stream()
        .flatMap(
            cell -> {
              String error = Failures.describe(cell, unit, e);
              return unit.layers().stream()
                  .map(layer -> RowWriter.failed(registry, unit, layer, cell, error));
            })
        .toList();
  }

  private static String tooLarge(UnitKey unit, int cells) {
    return "%s does not fit with %d cells at once into a heap of %d MB; give Java more (KVSWEEP_HEAP=8g, on a cluster --executor-memory 8g) or fewer cores, and sweep again with --retry-failed"
        .formatted(unit, cells, Runtime.getRuntime().maxMemory() >> 20);
  }
}
