package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import java.util.SplittableRandom;

/**
 * Keeps random tokens: the control of selectors, which any of them must beat at the same number of
 * tokens. The tokens follow from the seed and the prompt's length alone, the same for all layers
 * and heads. {@code shadowkv(choice=random)} is the control that keeps all tokens and reads as many
 * as {@code shadowkv} does. {@code O(T log T)}.
 */
public final class RandomMethod extends EvictingMethod {
  @Override
  public String name() {
    return "random";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "keeps random tokens: the control of selectors";
  }

  @Override
  public String example() {
    return "random(budget=0.2) | rtn(bits=4)";
  }

  @Override
  public boolean isControl() {
    return true;
  }

  @Override
  public boolean seeded(Arguments arguments) {
    return true;
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.PAPER;
  }

  @Override
  TokenScores scores(long seed) {
    return new PositionScores(tokens -> new SplittableRandom(seed).doubles(tokens).toArray());
  }
}
