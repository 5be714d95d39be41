package io.kvsweep.udfs.method.svdq;

/**
 * What happens to tokens that come after the prefill, which the decomposition has not seen.
 *
 * @param tokens the last tokens of the prompt that count as generated; 0 for none
 * @param frozen whether they are coded with the basis of the prefill, else they stay whole
 */
record Tail(int tokens, boolean frozen) {
  static final Tail NONE = new Tail(0, false);

  /**
   * Parses {@code exact:64} or {@code frozen:64}.
   *
   * @throws IllegalArgumentException with what was expected
   */
  static Tail parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length == 2
        && (parts[0].equals("exact") || parts[0].equals("frozen"))
        && parts[1].matches("[1-9][0-9]{0,8}")) {
      return new Tail(Integer.parseInt(parts[1]), parts[0].equals("frozen"));
    }
    throw new IllegalArgumentException("expected exact:N or frozen:N with N tokens from 1");
  }

  /** Tokens of a prompt that the decomposition sees. */
  int prefill(int promptTokens) {
    return Math.max(0, promptTokens - tokens);
  }

  @Override
  public String toString() {
    return (frozen ? "frozen:" : "exact:") + tokens;
  }
}
