package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.CurveName;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a method is compared with. The specification asked for; or else, since with a fixed
 * reference most differences are those of bits, the nearest in effective bits (by ratio; then the
 * one with fewer bits) on one curve: that with most points, the first by name among equals, of
 * {@code rtn} where it was measured, else {@code kivi}, else the first codec by name but {@code
 * none}; never with a stage before the codec, unless asked for. On a model its bits there count,
 * over models the mean of its bits.
 */
final class ReferenceChoice {
  private final Map<GroupKey, Summary> summaries;
  private final boolean asked;
  private final List<List<GroupRows>> references;

  /**
   * @param methods of one kind and seed, each on one or more models
   */
  ReferenceChoice(
      Collection<List<GroupRows>> methods,
      Map<GroupKey, Summary> summaries,
      Optional<String> asked) {
    this.summaries = summaries;
    this.asked = asked.isPresent();
    this.references =
        asked.isPresent()
            ? methods.stream().filter(method -> spec(method).equals(asked.get())).toList()
            : curve(methods);
  }

  private List<List<GroupRows>> curve(Collection<List<GroupRows>> methods) {
    List<List<GroupRows>> plain =
        methods.stream()
            .filter(method -> method.get(0).key().isPlain() && bits(method) != null)
            .toList();
    Optional<String> codec =
        plain.stream()
            .map(method -> method.get(0).key().method())
            .filter(name -> !name.equals("none"))
            .min(
                Comparator.comparing((String name) -> !name.equals("rtn"))
                    .thenComparing(name -> !name.equals("kivi"))
                    .thenComparing(Comparator.naturalOrder()));
    return plain.stream()
        .filter(method -> codec.equals(Optional.of(method.get(0).key().method())))
        .collect(
            Collectors.groupingBy(
                method -> CurveName.of(spec(method)), TreeMap::new, Collectors.toList()))
        .values()
        .stream()
        .reduce((a, b) -> b.size() > a.size() ? b : a)
        .orElse(List.of());
  }

  /** The reference of a method on its model. None has a reference itself. */
  Optional<GroupRows> on(GroupRows method) {
    return nearest(List.of(method)).map(reference -> reference.get(0));
  }

  /** The reference of a method on all models that measured it, the same on each. */
  Optional<List<GroupRows>> over(List<GroupRows> models) {
    return nearest(models);
  }

  private Optional<List<GroupRows>> nearest(List<GroupRows> method) {
    Double bits = bits(method);
    boolean isReference = references.stream().anyMatch(r -> spec(r).equals(spec(method)));
    if (isReference || (bits == null && !asked)) {
      return Optional.empty();
    }
    List<String> models = method.stream().map(group -> group.key().model()).toList();
    return references.stream()
        .map(r -> r.stream().filter(group -> models.contains(group.key().model())).toList())
        .filter(r -> !r.isEmpty() && (asked || bits(r) != null))
        .min(
            // Pairs on every model come before bits that are near on one.
            Comparator.<List<GroupRows>>comparingInt(r -> -r.size())
                .thenComparingDouble(r -> asked ? 0 : Math.abs(StrictMath.log(bits(r) / bits)))
                .thenComparingDouble(r -> asked ? 0 : bits(r))
                .thenComparing(ReferenceChoice::spec));
  }

  /** Mean over the models that measured it, or null. */
  private Double bits(List<GroupRows> method) {
    return MetricSummary.mean(
        method.stream().map(group -> summaries.get(group.key()).capturedBits()).toList());
  }

  private static String spec(List<GroupRows> method) {
    return method.get(0).key().methodSpec();
  }
}
