package io.kvsweep.udfs.codec;

import java.util.BitSet;

/**
 * The outcome of a selection, as decoded from its block. What is neither coded nor exact is gone.
 *
 * @param coded tokens that the codec codes; may be none
 * @param exact tokens that stay whole, in the format of the capture, beside what is coded; where a
 *     codec joins heads, an exact token of one head may be coded too, and is then not read
 * @param budget tokens that a step reads by the method's own count, for {@code nominal_read_ratio}
 * @param touched which tokens one attention step reads
 */
public record TokenSelection(HeadTokens coded, HeadTokens exact, int budget, Touched touched) {
  public TokenSelection {
    if (coded.count() == 0 && exact.count() == 0) {
      throw new IllegalArgumentException("a selection keeps at least one token");
    }
  }

  /** Tokens that one attention step reads. */
  public interface Touched {
    /**
     * @param kvHead KV head, from 0
     * @param query index among the captured queries, each of which is one attention step
     * @return indices of prompt tokens, a subset of those that are coded or exact; not to be
     *     changed
     */
    BitSet tokens(int kvHead, int query);
  }

  /** A selection in which every step reads all that is kept, and all that is kept is coded. */
  public static TokenSelection evicting(HeadTokens kept) {
    BitSet[] sets = new BitSet[kept.shared() ? 1 : kept.heads()];
    for (int head = 0; head < sets.length; head++) {
      sets[head] = kept.set(head);
    }
    return new TokenSelection(
        kept,
        HeadTokens.first(kept.heads(), 0),
        kept.count(),
        (kvHead, query) -> sets[kept.shared() ? 0 : kvHead]);
  }
}
