package io.kvsweep.udfs.block;

/** The four things that the bytes of an encoded block are spent on, in their order in the block. */
public enum Section {
  /** Bit-packed codes. */
  CODES,
  /** Scales, minima, norms: what grows with the tokens beside the codes. */
  PARAMETERS,
  /** Per-prompt side information: bases, small factors, codebooks, means. */
  BASIS,
  /** Tokens or values kept whole: sinks, windows, outliers. */
  EXACT
}
