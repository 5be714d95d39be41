package io.kvsweep.udfs.block;

/**
 * Encoded bytes that cannot be decoded: damaged, truncated, of another codec, specification or
 * shape. Distinct from {@link IllegalArgumentException}, which tells of wrong calls.
 */
public final class MalformedBlockException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /**
   * @param message problem with expected and actual value
   * @param offset byte of the block at which it was noticed
   */
  public MalformedBlockException(String message, long offset) {
    super("malformed block at byte " + offset + ": " + message);
    this.offset = offset;
  }

  /** Byte of the block at which the damage was noticed. */
  public long offset() {
    return offset;
  }
}
