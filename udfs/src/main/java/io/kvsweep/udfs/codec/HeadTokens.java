package io.kvsweep.udfs.codec;

import java.util.Arrays;
import java.util.BitSet;

/** Tokens of each KV head, ascending, the same number for each. Immutable. */
public final class HeadTokens {
  private final int heads;
  private final int[][] tokens; // one row where all heads share it

  private HeadTokens(int heads, int[][] tokens) {
    this.heads = heads;
    this.tokens = tokens;
    for (int[] row : tokens) {
      if (row.length != tokens[0].length) {
        throw new IllegalArgumentException(
            "heads have %d and %d tokens, expected as many for each"
                .formatted(tokens[0].length, row.length));
      }
      for (int i = 1; i < row.length; i++) {
        if (row[i] <= row[i - 1]) {
          throw new IllegalArgumentException("tokens are not ascending: " + Arrays.toString(row));
        }
      }
    }
  }

  /** The same tokens for all heads. */
  public static HeadTokens shared(int heads, int[] tokens) {
    return new HeadTokens(heads, new int[][] {tokens.clone()});
  }

  /** Tokens of head after head. */
  public static HeadTokens ofHeads(int[][] tokens) {
    return new HeadTokens(
        tokens.length, Arrays.stream(tokens).map(int[]::clone).toArray(int[][]::new));
  }

  /** The first {@code count} tokens of a prompt. */
  public static HeadTokens first(int heads, int count) {
    int[] tokens = new int[count];
    Arrays.setAll(tokens, t -> t);
    return new HeadTokens(heads, new int[][] {tokens});
  }

  /** Whether all heads have the same tokens. */
  public boolean shared() {
    return tokens.length == 1;
  }

  public int heads() {
    return heads;
  }

  /** Tokens of each head. */
  public int count() {
    return tokens[0].length;
  }

  /**
   * A token of a head.
   *
   * @param i which of them, from 0
   */
  public int token(int head, int i) {
    return tokens[shared() ? 0 : head][i];
  }

  /** The tokens of a head. */
  public BitSet set(int head) {
    BitSet set = new BitSet();
    for (int token : tokens[shared() ? 0 : head]) {
      set.set(token);
    }
    return set;
  }
}
