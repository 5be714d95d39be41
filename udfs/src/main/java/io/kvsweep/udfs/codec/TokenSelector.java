package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Optional;

/**
 * Decides which tokens stay in memory, coded or whole, and which of them an attention step reads.
 * It sees the exact keys and the captured queries; whatever it needs later lies in its block.
 * Implementations are immutable, thread-safe and deterministic.
 */
public interface TokenSelector {
  /** Whether it cannot tell what a step reads without captured queries. */
  boolean needsQueries();

  /**
   * Selects.
   *
   * @param keys the exact keys of one layer
   * @param queries captured queries, rotated, as attention sees them
   * @return one {@link io.kvsweep.udfs.block.EncodedBlock} with all side information
   * @throws io.kvsweep.udfs.block.UnencodableException if side information cannot be represented
   */
  byte[] encode(TensorView keys, Optional<Queries> queries);

  /**
   * The selection, from the bytes and the queries of later steps.
   *
   * @param expected shape {@code [tokens, kv heads, headDim]} of the prompt's keys
   * @param steps present where {@link #needsQueries}
   * @throws io.kvsweep.udfs.block.MalformedBlockException as {@link TensorCodec#decode}
   */
  TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps);

  /** What a selection takes at a prompt length; {@link #encode} keeps to it. */
  SelectionSize size(int tokens, int heads, int headDim);
}
