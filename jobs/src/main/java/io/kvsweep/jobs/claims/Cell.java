package io.kvsweep.jobs.claims;

import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.method.Methods;

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

  @Override
  public String toString() {
    return text + " on " + kind.label() + "s";
  }
}
