package io.kvsweep.udfs.codec;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The outcome of a selection.
 *
 * @param kept ascending indices of the tokens that stay in memory, the same for all heads
 * @param touched which of them one attention step reads
 */
public record TokenSelection(int[] kept, Touched touched) {
  public TokenSelection {
    if (kept.length == 0) {
      throw new IllegalArgumentException("a selection keeps at least one token");
    }
    for (int i = 1; i < kept.length; i++) {
      if (kept[i] <= kept[i - 1]) {
        throw new IllegalArgumentException(
            "kept tokens are not ascending: " + Arrays.toString(kept));
      }
    }
  }

  /** Tokens that one attention step reads. */
  public interface Touched {
    /**
     * @param kvHead KV head, from 0
     * @param query index among the captured queries, each of which is one attention step
     * @return indices of prompt tokens, a subset of those kept
     */
    BitSet tokens(int kvHead, int query);
  }

  /** A selection in which every step reads all that is kept. */
  public static TokenSelection evicting(int[] kept) {
    BitSet all = new BitSet();
    for (int token : kept) {
      all.set(token);
    }
    return new TokenSelection(kept, (kvHead, query) -> all);
  }
}
