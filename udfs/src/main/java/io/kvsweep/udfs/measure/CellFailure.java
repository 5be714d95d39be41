package io.kvsweep.udfs.measure;

/** A cell that cannot be measured on a unit, for a reason that a user can read; becomes a row. */
final class CellFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CellFailure(String message) {
    super(message);
  }
}
