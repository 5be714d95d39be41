package io.kvsweep.jobs.sweep;

import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.UnitKey;
import java.util.List;

/**
 * A unit with the cells still to be measured on it.
 *
 * @param values keys or values of the unit, whichever are more: for cost and speed
 * @param decomposition cost of the decompositions that its cells share, in values
 */
record PlannedUnit(UnitKey key, List<Cell> cells, long values, double decomposition) {
  /**
   * Channels cubed that a unit decomposes in the time in which a cell codes and compares one value,
   * by order of magnitude; it decides nothing but what is started first.
   */
  private static final double CUBES_PER_VALUE = 40;

  /** Of a layer with so many joined channels. */
  static double decomposition(long channels) {
    return (double) channels * channels * channels / CUBES_PER_VALUE;
  }

  /** What it costs relative to other units. */
  double cost() {
    return (double) values * cells.size() + decomposition;
  }
}
