package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.metrics.NothingReadException;

/** Turns what went wrong in a cell into the text of its row. */
final class Failures {
  private static final System.Logger LOG = System.getLogger(Failures.class.getName());

  private Failures() {}

  /** The message; of a fault of ours the class too, with the stack trace in the log. */
  static String describe(Cell cell, UnitKey unit, RuntimeException e) {
    if (e instanceof CellFailure
        || e instanceof UnencodableException
        || e instanceof NothingReadException
        || e instanceof MalformedBlockException
        || e instanceof InvalidInputException) {
      return e.getMessage();
    }
    LOG.log(System.Logger.Level.ERROR, "cell " + cell.spec() + " on " + unit, e);
    return "internal error, see the log of the task: " + e;
  }
}
