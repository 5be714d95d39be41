package io.kvsweep.udfs.result;

import java.util.Locale;

/** Outcome of a cell on a unit. */
public enum Status {
  MEASURED,
  FAILED;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
