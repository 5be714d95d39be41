package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/** A method that is told from others of its kind by how it scores tokens. */
abstract class EvictingMethod implements Method.OfTokens {
  /**
   * What the tokens beside sinks and recent ones are kept by.
   *
   * @param seed of whatever is random in it
   */
  abstract TokenScores scores(long seed);

  @Override
  public final List<Parameter> parameters() {
    return List.of(
        Budget.parameter(),
        Parameter.integer(
                "sinks", 0, Integer.MAX_VALUE, "tokens at the start that stay in any case")
            .orElse("0"),
        Parameter.integer("recent", 0, Integer.MAX_VALUE, "last tokens that stay in any case")
            .orElse("0"));
  }

  @Override
  public final void check(Arguments arguments) {
    Selectors.requireBudget(arguments);
  }

  @Override
  public final TokenSelector create(String stage, Arguments arguments, long seed) {
    return new EvictingSelector(
        stage,
        Selectors.budget(arguments),
        arguments.integer("sinks"),
        arguments.integer("recent"),
        scores(seed));
  }
}
