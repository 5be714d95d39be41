package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/** Parameters that selectors share. */
final class Selectors {
  private Selectors() {}

  static List<Parameter> evicting() {
    return List.of(
        Budget.parameter(),
        Parameter.integer(
                "sinks", 0, Integer.MAX_VALUE, "tokens at the start that stay in any case")
            .orElse("0"),
        Parameter.integer("recent", 0, Integer.MAX_VALUE, "last tokens that stay in any case")
            .orElse("0"));
  }

  static void requireBudget(Arguments arguments) {
    if (!arguments.has("budget")) {
      throw new IllegalArgumentException(
          "needs budget=2048 (tokens) or budget=1/32 (of the prompt)");
    }
  }

  static Budget budget(Arguments arguments) {
    return Budget.parse(arguments.text("budget"));
  }
}
