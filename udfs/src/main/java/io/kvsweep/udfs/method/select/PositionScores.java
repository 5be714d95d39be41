package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.PromptSelector.PromptKeys;
import io.kvsweep.udfs.codec.TensorView;
import java.util.function.IntFunction;

/**
 * Scores that do not depend on the data.
 *
 * @param scores one per token of a prompt of so many tokens
 */
record PositionScores(IntFunction<double[]> scores) implements TokenScores {
  @Override
  public boolean perHead() {
    return false;
  }

  @Override
  public double[][] of(TensorView keys) {
    return new double[][] {scores.apply(keys.shape().tokens())};
  }

  @Override
  public double[] of(PromptKeys keys) {
    return scores.apply(keys.shape().tokens());
  }
}
