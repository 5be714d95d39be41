package io.kvsweep.datasets.tensor;

/**
 * Shape {@code [tokens, heads, headDim]} of one layer's keys, values or queries, row-major. "Heads
 * joined" is the same memory read as {@code [tokens, channels]}.
 */
public record TensorShape(int tokens, int heads, int headDim) {
  public TensorShape {
    if (tokens < 1 || heads < 1 || headDim < 1) {
      throw new IllegalArgumentException(
          "invalid shape [%d, %d, %d]: tokens, heads and head dimension must be at least 1"
              .formatted(tokens, heads, headDim));
    }
    if ((long) tokens * heads * headDim > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "shape [%d, %d, %d] has more than 2^31 - 9 values: cut the capture by tokens or layers"
              .formatted(tokens, heads, headDim));
    }
  }

  /** Channels of a token, heads joined. */
  public int channels() {
    return heads * headDim;
  }

  /** Number of values. */
  public int values() {
    return tokens * heads * headDim;
  }

  /** The same heads over another number of tokens. */
  public TensorShape withTokens(int count) {
    return new TensorShape(count, heads, headDim);
  }

  @Override
  public String toString() {
    return "[" + tokens + ", " + heads + ", " + headDim + "]";
  }
}
