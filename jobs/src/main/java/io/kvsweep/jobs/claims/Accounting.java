package io.kvsweep.jobs.claims;

/** Sizes that follow from shapes alone. */
interface Accounting {
  /** Bits per value of everything that decoding a tensor {@code [tokens, channels]} reads. */
  double totalBits(String spec, int tokens, int channels);

  /**
   * Bits per value of codes and norms of a cross-layer method, mean over the layers, without header
   * and exact tokens.
   */
  double cacheBits(String spec, int channels, int layers);

  /** Tokens of a prompt that a selector keeps. */
  int tokensKept(String selector, int tokens, int channels);

  /** Of keys {@code [tokens, channels]} behind a selector. */
  Sparse sparse(String spec, int tokens, int channels);

  /**
   * Captured bytes over others.
   *
   * @param nominalReadRatio as papers count: width of the codes, and tokens read of all tokens
   * @param readRatio over the bytes that a step reads where all heads choose the same tokens
   * @param memoryRatio over the bytes held
   */
  record Sparse(double nominalReadRatio, double readRatio, double memoryRatio) {}

  /** Bytes of the predictors of a model. */
  double adapterBytes(int channels, int layers);

  /** Whether a method needs data of the model before it can code. */
  boolean calibrated(String spec);
}
