package io.kvsweep.udfs.metrics;

/** The tokens with the largest logits; of equal ones the earlier. */
final class TopTokens {
  private final double[] logits;
  private final int[] tokens;
  private int size;

  TopTokens(int k) {
    logits = new double[k];
    tokens = new int[k];
  }

  void add(double logit, int token) {
    if (size == logits.length && logit <= logits[size - 1]) {
      return;
    }
    int at = size < logits.length ? size++ : size - 1;
    while (at > 0 && logits[at - 1] < logit) {
      logits[at] = logits[at - 1];
      tokens[at] = tokens[at - 1];
      at--;
    }
    logits[at] = logit;
    tokens[at] = token;
  }

  /** Share of these tokens that are among the other's. */
  double recalledBy(TopTokens other) {
    int found = 0;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < other.size; j++) {
        if (tokens[i] == other.tokens[j]) {
          found++;
          break;
        }
      }
    }
    return (double) found / size;
  }
}
