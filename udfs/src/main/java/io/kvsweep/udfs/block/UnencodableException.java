package io.kvsweep.udfs.block;

/** A tensor that a codec cannot represent; the cell fails, other cells go on. */
public final class UnencodableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message problem, cause and remedy
   */
  public UnencodableException(String message) {
    super(message);
  }
}
