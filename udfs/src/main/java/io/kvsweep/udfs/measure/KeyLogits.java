package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.codec.TokenSelection.Touched;
import io.kvsweep.udfs.metrics.MomentLogits;
import io.kvsweep.udfs.metrics.QueryMoments;
import java.util.BitSet;
import java.util.Optional;

/** Logit errors of a cell's keys from moments of queries, over the tokens that steps read. */
final class KeyLogits {
  private final MomentLogits sums;
  private final BitSet[] read; // per KV head; null for all tokens

  /**
   * @param touched what a step reads; must be the same whatever the query. Empty for all
   */
  KeyLogits(QueryMoments moments, Optional<Touched> touched) {
    this.sums = new MomentLogits(moments);
    this.read = new BitSet[moments.heads().length];
    for (int head = 0; head < read.length; head++) {
      read[head] = touched.isPresent() ? touched.get().tokens(head, 0) : null;
    }
  }

  /**
   * Adds a run of tokens, arrays rotated, {@code [tokens, kv heads, headDim]}.
   *
   * @param firstToken index of its first token in the prompt
   */
  void add(int firstToken, int tokens, float[] exact, float[] reconstructed) {
    for (int token = 0; token < tokens; token++) {
      for (int head = 0; head < read.length; head++) {
        if (read[head] == null || read[head].get(firstToken + token)) {
          sums.add(exact, reconstructed, token, head);
        }
      }
    }
  }

  MomentLogits.Result result() {
    return sums.result();
  }
}
