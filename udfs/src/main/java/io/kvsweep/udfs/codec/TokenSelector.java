package io.kvsweep.udfs.codec;

import java.util.Optional;

/**
 * Decides which tokens stay in memory and which of them an attention step reads. It sees the exact
 * keys and the captured queries; what stays is then coded. Implementations are immutable and
 * deterministic.
 */
public interface TokenSelector {
  /** Whether it cannot work without captured queries. */
  boolean needsQueries();

  /**
   * Selects.
   *
   * @param keys the exact keys of one layer
   * @param queries captured queries, rotated, as attention sees them
   */
  TokenSelection select(TensorView keys, Optional<Queries> queries);
}
