package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;

/**
 * One row: all heads of one layer and kind for a run of tokens.
 *
 * @param tokenStart position of the first row in the prompt; of query moments the row
 * @param payload little-endian, row-major {@code [tokens, heads, headDim]}, from its start on; may
 *     be longer than the block when written; empty where it was not asked for
 */
record Block(
    PromptKey key,
    int layer,
    TensorKind kind,
    int tokenStart,
    int tokens,
    int heads,
    int headDim,
    DType dtype,
    RopeStage ropeStage,
    byte[] payload) {
  /** The largest payload. */
  static final int MAX_BYTES = 16 << 20;

  /** Bytes that the payload must have. */
  long bytes() {
    return (long) tokens * heads * headDim * dtype.bytes();
  }

  /** Tokens of the blocks that a tensor is cut into; the last one may be shorter. */
  static int tokensPerBlock(TensorSpec tensor) {
    return Math.min(tensor.shape().tokens(), Math.max(1, MAX_BYTES / tensor.rowBytes()));
  }

  /** How the block is named in messages. */
  String name() {
    return "%s layer %d %s %s %d to %d"
        .formatted(
            key,
            layer,
            kind.label(),
            kind == TensorKind.QUERY_MOMENT ? "rows" : "tokens",
            tokenStart,
            (long) tokenStart + tokens - 1);
  }
}
