package io.kvsweep.jobs.sweep;

import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.UnitKey;
import java.util.List;

/**
 * A unit with the cells still to be measured on it.
 *
 * @param values keys or values of the unit, whichever are more: for speed
 * @param estimate of its cost
 */
record PlannedUnit(UnitKey key, List<Cell> cells, long values, UnitCost estimate) {
  /** What it costs relative to other units. */
  double cost() {
    return estimate.of(cells.size());
  }
}
