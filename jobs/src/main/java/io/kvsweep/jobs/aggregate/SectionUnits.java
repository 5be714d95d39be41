package io.kvsweep.jobs.aggregate;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How many (model, prompt, layer) any method of a section measured, and of how many one that is
 * compared by a metric has it. A method with fewer has its means over others than the rest, perhaps
 * over the easy ones alone: also a calibrated one, which is refused on the prompts that it was
 * fitted on.
 */
final class SectionUnits {
  private final Map<Section, Map<Optional<SummaryMetric>, Set<MetricRow.Cell>>> models =
      new HashMap<>();

  SectionUnits(Collection<GroupRows> groups) {
    for (GroupRows group : groups) {
      Map<Optional<SummaryMetric>, Set<MetricRow.Cell>> section =
          models.computeIfAbsent(group.key().section(), k -> new HashMap<>());
      for (MetricRow row : group.measured()) {
        cells(section, Optional.empty()).add(row.cell());
        for (SummaryMetric metric : SummaryMetric.values()) {
          if (metric.compares(group.key()) && row.metric(metric.metric()) != null) {
            cells(section, Optional.of(metric)).add(row.cell());
          }
        }
      }
    }
  }

  private static Set<MetricRow.Cell> cells(
      Map<Optional<SummaryMetric>, Set<MetricRow.Cell>> section, Optional<SummaryMetric> metric) {
    return section.computeIfAbsent(metric, k -> new HashSet<>());
  }

  /** Measured by any method: those that the method is held to. */
  int of(GroupKey method) {
    return count(method.section(), Optional.empty());
  }

  /** Those of which a metric is to be there. */
  int of(GroupKey method, SummaryMetric metric) {
    return count(method.section(), Optional.of(metric));
  }

  private int count(Section section, Optional<SummaryMetric> metric) {
    return models.entrySet().stream()
        .filter(model -> isOf(section, model.getKey()))
        .mapToInt(model -> model.getValue().getOrDefault(metric, Set.of()).size())
        .sum();
  }

  /** How many models a section over models has. */
  int models(Section over) {
    return (int) models.keySet().stream().filter(model -> isOf(over, model)).count();
  }

  private static boolean isOf(Section section, Section model) {
    return section.isOverModels() ? model.overModels().equals(section) : model.equals(section);
  }
}
