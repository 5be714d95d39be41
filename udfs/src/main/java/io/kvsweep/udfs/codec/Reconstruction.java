package io.kvsweep.udfs.codec;

/**
 * What a codec decoded.
 *
 * @param data row-major {@code [tokens, heads, headDim]}, in the rotary stage of the codec; the
 *     caller owns it
 * @param exactPrefix first tokens that were kept whole (sinks)
 * @param exactSuffix last tokens that were kept whole (residual window, tail)
 */
public record Reconstruction(float[] data, int exactPrefix, int exactSuffix) {
  /** A reconstruction in which every token was coded. */
  public Reconstruction(float[] data) {
    this(data, 0, 0);
  }

  /** Tokens that were kept whole. */
  public int exactTokens() {
    return exactPrefix + exactSuffix;
  }
}
