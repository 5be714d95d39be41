package io.kvsweep.udfs.codec;

/** The least that must be read of codes to rebuild one head of one token. */
public enum ReadGrain {
  /** The head's own codes of the token. */
  HEAD,
  /** The token's codes of all heads: what codes heads joined. */
  TOKEN,
  /** All codes. */
  BLOCK
}
