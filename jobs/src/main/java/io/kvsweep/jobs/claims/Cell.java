package io.kvsweep.jobs.claims;

import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.method.Methods;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A cell that claims ask for, with any seed and of any codec version.
 *
 * @param text the specification as one would write it
 * @param spec its canonical form
 */
record Cell(String text, String spec, CellKind kind) {
  static Cell keys(String text) {
    return of(text, CellKind.KEY);
  }

  static Cell values(String text) {
    return of(text, CellKind.VALUE);
  }

  static Cell of(String text, CellKind kind) {
    return new Cell(text, Methods.STANDARD.expand(text).get(0).toString(), kind);
  }

  /** Whether it needs an artefact of the model. */
  boolean calibrated() {
    return Methods.STANDARD.pipeline(spec, 1).calibrated();
  }

  static String texts(List<Cell> cells) {
    return cells.stream().map(Cell::text).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return text + " on " + kind.label() + "s";
  }
}
