package io.kvsweep.udfs.spec;

import java.util.Locale;

/** How close an implementation is to what was published. */
public enum Fidelity {
  /**
   * As published; remaining deviations are listed in the method's Javadoc and do not bear on it.
   */
  PAPER,
  /** Differs from what was published, or what was published does not settle it. */
  VARIANT,
  /** Made elsewhere; bytes are as declared by whoever made it. */
  DECLARED;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
