package io.kvsweep.udfs.spec;

import java.util.ArrayList;
import java.util.List;

/** All combinations of the grids of a specification; the last grid varies fastest. */
final class GridExpansion {
  private GridExpansion() {}

  static List<List<Stage>> of(List<Stage> stages) {
    List<List<Stage>> combinations = List.of(List.of());
    for (Stage stage : stages) {
      combinations = product(combinations, expand(stage));
    }
    return combinations;
  }

  private static List<Stage> expand(Stage stage) {
    List<List<Stage.Assignment>> combinations = List.of(List.of());
    for (Stage.Assignment assignment : stage.assignments()) {
      List<Stage.Assignment> alternatives =
          alternatives(assignment.value()).stream()
              .map(value -> new Stage.Assignment(assignment.name(), value, assignment.column()))
              .toList();
      combinations = product(combinations, alternatives);
    }
    return combinations.stream().map(a -> new Stage(stage.name(), a, stage.column())).toList();
  }

  private static List<? extends Value> alternatives(Value value) {
    if (value instanceof Value.Grid grid) {
      return grid.atoms();
    }
    return value instanceof Stage stage ? expand(stage) : List.of(value);
  }

  private static <T> List<List<T>> product(List<List<T>> combinations, List<T> alternatives) {
    List<List<T>> out = new ArrayList<>();
    for (List<T> combination : combinations) {
      for (T alternative : alternatives) {
        List<T> longer = new ArrayList<>(combination);
        longer.add(alternative);
        out.add(List.copyOf(longer));
      }
    }
    return out;
  }
}
