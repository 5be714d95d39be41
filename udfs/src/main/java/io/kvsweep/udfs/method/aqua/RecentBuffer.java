package io.kvsweep.udfs.method.aqua;

/**
 * The buffer of recent tokens: they collect whole; once it holds {@code flush} of them or more
 * after an append, all of it, not just {@code flush}, becomes one chunk that is coded and never
 * touched again, and the buffer is empty.
 *
 * @param flush tokens that make it a chunk, at least 1
 * @param step tokens that are appended at a time, by one call of the model; 0 for the whole prompt
 *     at once, as a prefill does
 */
record RecentBuffer(int flush, int step) {

  /**
   * Parses {@code 128} or {@code 128:32}.
   *
   * @throws IllegalArgumentException with what was expected
   */
  static RecentBuffer parse(String text) {
    if (!text.matches("[1-9][0-9]{0,8}(:[1-9][0-9]{0,8})?")) {
      throw new IllegalArgumentException(
          "expected N or N:STEP, a buffer that is coded once it holds N tokens, of which STEP arrive at a time");
    }
    String[] parts = text.split(":", -1);
    return new RecentBuffer(
        Integer.parseInt(parts[0]), parts.length == 1 ? 0 : Integer.parseInt(parts[1]));
  }

  /** Tokens in the buffer after an append to {@code held} tokens: all, or none. */
  int append(int held, int tokens) {
    int all = held + tokens;
    return all >= flush ? 0 : all;
  }

  /**
   * Tokens in the buffer after a prompt; the first of the appended ones, the sinks, pass it by.
   *
   * @param sinks tokens at the start that never enter the buffer
   */
  int waiting(int promptTokens, int sinks) {
    int held = 0;
    int each = step == 0 ? Math.max(1, promptTokens) : step;
    for (long from = 0; from < promptTokens; from += each) {
      long to = Math.min(from + each, promptTokens);
      held = append(held, (int) Math.max(0, to - Math.max(from, sinks)));
    }
    return held;
  }

  @Override
  public String toString() {
    return step == 0 ? Integer.toString(flush) : flush + ":" + step;
  }
}
