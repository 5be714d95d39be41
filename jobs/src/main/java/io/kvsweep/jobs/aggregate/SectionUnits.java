package io.kvsweep.jobs.aggregate;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How many (model, prompt, layer) any method of a section measured. A method that measured fewer
 * has its means over others than the rest, perhaps over the easy ones alone.
 */
final class SectionUnits {
  private final Map<Section, Integer> counts = new HashMap<>();

  SectionUnits(Collection<GroupRows> groups) {
    Map<Section, Set<MetricRow.Cell>> measured = new HashMap<>();
    for (GroupRows group : groups) {
      Set<MetricRow.Cell> cells =
          measured.computeIfAbsent(group.key().section(), k -> new HashSet<>());
      group.measured().forEach(row -> cells.add(row.cell()));
    }
    measured.forEach(
        (section, cells) -> {
          counts.put(section, cells.size());
          counts.merge(section.overModels(), cells.size(), Integer::sum);
        });
  }

  /** Of a model, or of all models. */
  int count(Section section) {
    return counts.get(section);
  }
}
