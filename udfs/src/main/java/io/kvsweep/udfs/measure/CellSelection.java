package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import java.util.Optional;

/**
 * What the selector of a cell decided on one layer.
 *
 * @param block its bytes, which are all that {@code tokens} was made from
 * @param encodeNanos time of the encoding without work that cells share
 */
record CellSelection(
    TokenSelector selector,
    byte[] block,
    TokenSelection tokens,
    Optional<Rope> rope,
    long encodeNanos) {

  static CellSelection of(TokenSelector selector, LayerUnit unit) {
    if (selector.needsQueries() && unit.queries().isEmpty()) {
      throw new CellFailure(
          "the selector needs queries and " + unit.key() + " has none: capture some");
    }
    TensorView keys = unit.view(TensorKind.KEY);
    long sharedBefore = keys.sharedNanos();
    long start = System.nanoTime();
    byte[] block = selector.encode(keys, unit.queries());
    long encoded = System.nanoTime();
    long shared = keys.sharedNanos() - sharedBefore;
    Optional<Steps> steps =
        unit.queries().map(queries -> new Steps(queries, keys.tensor().firstPosition()));
    return new CellSelection(
        selector,
        block,
        selector.decode(block, keys.shape(), steps),
        unit.model().rope(),
        encoded - start - shared);
  }

  /** What the codec is to code of a tensor; nothing where all stays whole. */
  Optional<TensorView> coded(TensorView view) {
    return tokens.coded().count() == 0
        ? Optional.empty()
        : Optional.of(KeptTokens.compact(view, tokens.coded(), rope));
  }

  /** What stays whole of a tensor. */
  Optional<TensorView> whole(TensorView view) {
    return tokens.exact().count() == 0
        ? Optional.empty()
        : Optional.of(KeptTokens.compact(view, tokens.exact(), rope));
  }

  /** Length of the block that {@link #whole} would fill at another prompt length. */
  static long wholeBytes(int tokens, TensorShape shape, int bytesPerValue) {
    return tokens == 0
        ? 0
        : WholeTokens.blockBytes((long) tokens * shape.channels(), bytesPerValue);
  }
}
