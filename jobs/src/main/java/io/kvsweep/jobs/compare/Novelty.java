package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.GroupRows;
import io.kvsweep.jobs.aggregate.MetricRow;
import io.kvsweep.jobs.table.Plural;
import io.kvsweep.jobs.table.ShortSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What only one of two outputs has.
 *
 * @param lines in words: models, then prompts, methods, kinds and seeds, new ones first
 */
record Novelty(List<String> lines) {

  static Novelty of(List<GroupRows> before, List<GroupRows> now) {
    List<String> lines = new ArrayList<>();
    say(lines, "model", counts(before, Novelty::model), counts(now, Novelty::model));
    say(lines, "prompt", prompts(before), prompts(now));
    say(lines, "method", counts(before, Novelty::method), counts(now, Novelty::method));
    say(lines, "kind", counts(before, g -> g.key().kind()), counts(now, g -> g.key().kind()));
    say(lines, "seed", counts(before, Novelty::seed), counts(now, Novelty::seed));
    return new Novelty(List.copyOf(lines));
  }

  private static String model(GroupRows group) {
    return group.key().model();
  }

  private static String method(GroupRows group) {
    return ShortSpec.STANDARD.of(group.key().methodSpec());
  }

  private static String seed(GroupRows group) {
    return Long.toString(group.key().seed());
  }

  private static Map<String, Integer> counts(
      List<GroupRows> groups, Function<GroupRows, String> name) {
    return groups.stream()
        .collect(Collectors.toMap(name, g -> g.rows().size(), Integer::sum, TreeMap::new));
  }

  private static Map<String, Integer> prompts(List<GroupRows> groups) {
    return groups.stream()
        .flatMap(group -> group.rows().stream())
        .collect(Collectors.toMap(MetricRow::prompt, row -> 1, Integer::sum, TreeMap::new));
  }

  private static void say(
      List<String> lines, String what, Map<String, Integer> before, Map<String, Integer> now) {
    now.forEach(
        (name, rows) -> {
          if (!before.containsKey(name)) {
            lines.add("new %s: %s (%s)".formatted(what, name, Plural.of(rows, "row")));
          }
        });
    before.forEach(
        (name, rows) -> {
          if (!now.containsKey(name)) {
            lines.add("gone %s: %s (%s)".formatted(what, name, Plural.of(rows, "row")));
          }
        });
  }
}
