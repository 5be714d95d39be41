package io.kvsweep.jobs.sweep;

import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.UnitKey;
import java.util.List;

/**
 * A unit with the cells still to be measured on it.
 *
 * @param values keys or values of the unit, whichever are more: for cost and speed
 */
record PlannedUnit(UnitKey key, List<Cell> cells, long values) {
  /** What it costs relative to other units. */
  double cost() {
    return (double) values * cells.size();
  }
}
