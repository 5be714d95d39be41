package io.kvsweep.udfs.method.select;

/**
 * How ShadowKV cuts a prompt: {@code floor(tokens / size) - local} chunks, and a tail.
 *
 * @param size tokens of a chunk
 * @param outliers chunks per head that stay whole, if there are so many
 * @param local chunks at the end that belong to the tail
 */
record Chunks(int size, int outliers, int local) {
  /** Chunks of a prompt, from its start, outliers among them. */
  int count(int tokens) {
    return Math.max(0, tokens / size - local);
  }

  int outliers(int tokens) {
    return Math.min(outliers, count(tokens));
  }

  /** Chunks per head with a landmark. */
  int landmarks(int tokens) {
    return count(tokens) - outliers(tokens);
  }

  /** Tokens in front of the tail; 0 where no chunk is left to choose, so that all stays whole. */
  int coded(int tokens) {
    return landmarks(tokens) == 0 ? 0 : count(tokens) * size;
  }

  /** Tokens per head that stay whole. */
  int exact(int tokens) {
    return landmarks(tokens) == 0 ? tokens : tokens - landmarks(tokens) * size;
  }

  /** Chunks that a step at the end of the prompt reads by its budget. */
  int chosen(Budget budget, int tokens) {
    return Math.min(landmarks(tokens), wanted(budget, tokens));
  }

  /** Whole chunks of a budget, at least one. */
  int wanted(Budget budget, int tokens) {
    return Math.max(1, budget.tokens(tokens) / size);
  }

  /** Tokens of a budget in whole chunks, which is what papers count. */
  int budget(Budget budget, int tokens) {
    int all = budget.tokens(tokens);
    return all == tokens ? tokens : Math.min(tokens, wanted(budget, tokens) * size);
  }
}
