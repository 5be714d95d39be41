package io.kvsweep.jobs.aggregate;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How many (model, prompt, layer) any method of a section measured. A method that measured fewer
 * has its means over others than the rest, perhaps over the easy ones alone. A calibrated method is
 * refused on the prompts that it was fitted on, so of each model only the prompts count that it was
 * run on.
 */
final class SectionUnits {
  private final Map<Section, Set<MetricRow.Cell>> measured = new HashMap<>();

  SectionUnits(Collection<GroupRows> groups) {
    for (GroupRows group : groups) {
      Set<MetricRow.Cell> cells =
          measured.computeIfAbsent(group.key().section(), k -> new HashSet<>());
      group.measured().forEach(row -> cells.add(row.cell()));
    }
  }

  /** Those that the method of a model is held to. */
  int of(GroupRows group) {
    Set<MetricRow.Cell> cells = measured.get(group.key().section());
    if (!group.key().isCalibrated()) {
      return cells.size();
    }
    Set<String> prompts =
        group.rows().stream().map(MetricRow::prompt).collect(Collectors.toUnmodifiableSet());
    return (int) cells.stream().filter(cell -> prompts.contains(cell.prompt())).count();
  }

  /**
   * Those that a method is held to over models, also those of models that it was not run on.
   *
   * @param groups of one method, kind and seed, one per model
   */
  int of(Collection<GroupRows> groups) {
    Map<Section, GroupRows> run =
        groups.stream().collect(Collectors.toMap(group -> group.key().section(), group -> group));
    Section over = run.keySet().iterator().next().overModels();
    return measured.keySet().stream()
        .filter(section -> section.overModels().equals(over))
        .mapToInt(
            section ->
                run.containsKey(section) ? of(run.get(section)) : measured.get(section).size())
        .sum();
  }
}
