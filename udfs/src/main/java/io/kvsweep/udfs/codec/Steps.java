package io.kvsweep.udfs.codec;

/**
 * The attention steps of a prompt: each captured query is one.
 *
 * @param queries rotated, as attention sees them
 * @param firstPosition position of the prompt's first token
 */
public record Steps(Queries queries, int firstPosition) {
  /** Number of steps. */
  public int count() {
    return queries.shape().tokens();
  }

  /** How many of the prompt's tokens, from its first, a step sees. */
  public int visible(int step, int tokens) {
    long seen = (long) queries.firstPosition() + step - firstPosition + 1;
    return (int) Math.max(0, Math.min(tokens, seen));
  }
}
