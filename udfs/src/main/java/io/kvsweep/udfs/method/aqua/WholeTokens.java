package io.kvsweep.udfs.method.aqua;

import java.util.Optional;

/**
 * Tokens that AQUA-KV keeps whole: the sinks, for good, and those that wait in the recent buffer
 * until it becomes a chunk.
 *
 * @param sinks tokens at the start of the prompt
 * @param buffer empty where every other token is coded
 */
record WholeTokens(int sinks, Optional<RecentBuffer> buffer) {
  /** Index of the first token behind the sinks that is not in a chunk yet. */
  int codedEnd(int promptTokens) {
    int behindSinks = Math.max(0, promptTokens - sinks);
    int waiting = buffer.map(b -> b.waiting(promptTokens, sinks)).orElse(0);
    return Math.min(sinks, promptTokens) + behindSinks - waiting;
  }
}
