package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.PromptSelector.PromptKeys;
import io.kvsweep.udfs.codec.TensorView;

/** How much worth keeping tokens are; higher is more. */
interface TokenScores {
  /** Whether each head has scores of its own. */
  boolean perHead();

  /**
   * Scores of the tokens of a layer.
   *
   * @return {@code [heads, tokens]} where {@link #perHead}, else {@code [1, tokens]}
   */
  double[][] of(TensorView keys);

  /** Scores of the tokens of a prompt for all layers and heads together. */
  double[] of(PromptKeys keys);
}
