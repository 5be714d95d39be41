package io.kvsweep.jobs.compare;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.GroupRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Two outputs, cell by cell on identical (model, prompt, layer) and tensors.
 *
 * @param rows every method on every model, compared or not, in order
 * @param methods those compared, one per method and model, and one over models where it has several
 * @param novelty what only one of them has
 */
record Comparison(List<PairedRows> rows, List<MethodChange> methods, Novelty novelty) {
  /**
   * Compares.
   *
   * @param before sorted groups of the old output
   * @param now those of the new one
   * @param threshold a relative change above 0
   * @throws InvalidInputException if no cell is in both on the same tensors
   */
  static Comparison of(List<GroupRows> before, List<GroupRows> now, double threshold) {
    Map<GroupKey, GroupRows> old = byKey(before);
    Map<GroupKey, GroupRows> latest = byKey(now);
    TreeSet<GroupKey> keys = new TreeSet<>(old.keySet());
    keys.addAll(latest.keySet());
    Map<GroupKey, List<PairedRows>> methods = new TreeMap<>();
    for (GroupKey key : keys) {
      methods
          .computeIfAbsent(key.overModels(), k -> new ArrayList<>())
          .add(PairedRows.of(key, old.get(key), latest.get(key)));
    }
    List<MethodChange> changes = new ArrayList<>();
    methods.forEach(
        (method, models) -> {
          models.forEach(m -> changes.add(MethodChange.of(m.key(), List.of(m), threshold)));
          List<PairedRows> both = models.stream().filter(PairedRows::compared).toList();
          if (both.size() > 1) {
            changes.add(MethodChange.of(method, both, threshold));
          }
        });
    Comparison comparison =
        new Comparison(
            methods.values().stream().flatMap(List::stream).toList(),
            changes.stream().filter(change -> change.rows().compared()).toList(),
            Novelty.of(before, now));
    if (comparison.methods().isEmpty()) {
      throw comparison.nothing();
    }
    return comparison;
  }

  private InvalidInputException nothing() {
    List<String> problems = new ArrayList<>();
    problems.add("%d only in the old output".formatted(total(PairedRows::gone)));
    problems.add("%d only in the new one".formatted(total(PairedRows::added)));
    problems.add("%d whose tensors are others now".formatted(total(PairedRows::otherTensors)));
    problems.addAll(novelty.lines());
    return new InvalidInputException(
        "nothing to compare: no cell is in both outputs on the same tensors: %s; compare two outputs of one sweep file and dataset"
            .formatted(String.join(", ", problems)));
  }

  private int total(ToIntFunction<PairedRows> count) {
    return rows.stream().mapToInt(count).sum();
  }

  private static Map<GroupKey, GroupRows> byKey(List<GroupRows> groups) {
    return groups.stream().collect(Collectors.toMap(GroupRows::key, group -> group));
  }

  /** The most alarming one of all methods. */
  Verdict verdict() {
    return methods.stream().map(MethodChange::verdict).reduce(Verdict.SAME, Verdict::and);
  }
}
