package io.kvsweep.udfs.method.decoquant;

/**
 * How a prompt splits into blocks of tokens that are factored on their own, and a tail that is kept
 * whole.
 *
 * @param size tokens of a block; 0 for one block of all tokens and no tail
 */
record TokenBlocks(int size) {
  /** Tokens of the blocks together. */
  int coded(int tokens) {
    return size == 0 ? tokens : tokens - tokens % size;
  }

  /** Tokens of each block. */
  int length(int tokens) {
    return size == 0 ? tokens : size;
  }

  /** Number of blocks. */
  int count(int tokens) {
    return coded(tokens) / length(tokens);
  }
}
