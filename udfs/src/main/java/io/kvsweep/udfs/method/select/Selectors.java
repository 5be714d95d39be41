package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.spec.Arguments;

/** The budget, a parameter of all selectors. */
final class Selectors {
  private Selectors() {}

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
