package io.kvsweep.jobs.table;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Cuts canonical specifications into stages and parameters. */
final class SpecParts {
  private SpecParts() {}

  /** Name and what follows: a stage with its parameters, or a parameter with its value. */
  record Part(String name, String text, List<Part> parameters) {

    /** A stage with some of its parameters, their values written anew. */
    String with(Predicate<Part> kept, Function<Part, String> value) {
      String list =
          parameters.stream()
              .filter(kept)
              .map(p -> p.name() + "=" + value.apply(p))
              .collect(Collectors.joining(","));
      return list.isEmpty() ? name : name + "(" + list + ")";
    }
  }

  static List<Part> stages(String spec) {
    List<Part> stages = new ArrayList<>();
    for (String stage : split(spec, '|')) {
      int open = stage.indexOf('(');
      if (open < 0 || !stage.endsWith(")")) {
        stages.add(new Part(stage, "", List.of()));
        continue;
      }
      List<Part> parameters = new ArrayList<>();
      for (String assignment : split(stage.substring(open + 1, stage.length() - 1), ',')) {
        int equals = assignment.indexOf('=');
        parameters.add(
            equals < 0
                ? new Part(assignment, "", List.of())
                : new Part(
                    assignment.substring(0, equals), assignment.substring(equals + 1), List.of()));
      }
      stages.add(new Part(stage.substring(0, open), "", parameters));
    }
    return stages;
  }

  /** Splits outside of parentheses and brackets. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '(' || c == '[') {
        depth++;
      } else if (c == ')' || c == ']') {
        depth--;
      } else if (c == separator && depth == 0) {
        parts.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }
}
