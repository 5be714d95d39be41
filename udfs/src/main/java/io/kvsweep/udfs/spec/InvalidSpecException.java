package io.kvsweep.udfs.spec;

import io.kvsweep.datasets.InvalidInputException;

/** A method specification that cannot be parsed or names something that does not exist. */
public final class InvalidSpecException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  /**
   * @param spec the whole specification as given
   * @param column 1-based column of the place
   * @param problem what is wrong, with what exists
   */
  public InvalidSpecException(String spec, int column, String problem) {
    super("invalid method '%s', column %d: %s".formatted(spec, column, problem));
    this.problem = problem;
  }

  /** What is wrong, without the specification and the place in it. */
  public String problem() {
    return problem;
  }
}
