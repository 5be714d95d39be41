package io.kvsweep.jobs.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Shortens canonical specifications for one table: of each method it keeps {@code bits} and the
 * parameters that differ within the table. What is cut is the same in every row, so no two rows
 * come out alike.
 */
public final class SpecShortener {
  private static final List<String> RATE = List.of("bits", "schedule");
  private static final List<String> ALWAYS = List.of("bits", "budget", "key", "value");

  private final Map<String, Set<String>> values = new LinkedHashMap<>();

  /**
   * @param specs every specification of the table, in canonical form
   */
  public SpecShortener(Collection<String> specs) {
    for (String spec : specs) {
      for (Part stage : stages(spec)) {
        for (Part parameter : stage.parameters()) {
          values
              .computeIfAbsent(stage.name() + "." + parameter.name(), k -> new TreeSet<>())
              .add(parameter.text());
        }
      }
    }
  }

  /** The short form of one of the specifications. */
  public String shorten(String spec) {
    return String.join(" | ", stages(spec).stream().map(this::shorten).toList());
  }

  /**
   * Name of the curve that a specification is a point of: the short form without what sets its
   * rate.
   */
  public String curve(String spec) {
    return String.join(
        " | ",
        stages(spec).stream()
            .map(stage -> text(stage, p -> varies(stage, p) && !RATE.contains(p.name())))
            .toList());
  }

  /** What {@link #shorten} cuts, by method: {@code rtn: axis=channel, group=0}. */
  public List<String> common() {
    Map<String, List<String>> cut = new TreeMap<>();
    values.forEach(
        (key, texts) -> {
          int dot = key.indexOf('.');
          if (texts.size() == 1 && !ALWAYS.contains(key.substring(dot + 1))) {
            cut.computeIfAbsent(key.substring(0, dot), name -> new ArrayList<>())
                .add(key.substring(dot + 1) + "=" + texts.iterator().next());
          }
        });
    return cut.entrySet().stream()
        .map(e -> e.getKey() + ": " + String.join(", ", e.getValue()))
        .toList();
  }

  private String shorten(Part stage) {
    return text(stage, p -> varies(stage, p) || ALWAYS.contains(p.name()));
  }

  private boolean varies(Part stage, Part parameter) {
    return values.get(stage.name() + "." + parameter.name()).size() > 1;
  }

  private static String text(Part stage, Predicate<Part> kept) {
    List<String> parameters =
        stage.parameters().stream().filter(kept).map(p -> p.name() + "=" + p.text()).toList();
    return parameters.isEmpty()
        ? stage.name()
        : stage.name() + "(" + String.join(",", parameters) + ")";
  }

  /** Name and what follows: a stage with its parameters, or a parameter with its value. */
  private record Part(String name, String text, List<Part> parameters) {}

  private static List<Part> stages(String spec) {
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
