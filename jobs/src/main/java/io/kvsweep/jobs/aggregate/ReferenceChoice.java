package io.kvsweep.jobs.aggregate;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a method is compared with, the same on all models. The specification asked for; or else,
 * since with a fixed reference most differences are those of bits, the nearest in effective bits
 * (mean over models, by ratio; then the one with fewer bits) of a plain family: {@code rtn} where
 * it was measured, else {@code kivi}, else the first family by name but {@code none}; never one
 * with a selector, unless asked for.
 */
final class ReferenceChoice {
  private final Collection<List<GroupRows>> methods;
  private final Map<GroupKey, Summary> summaries;
  private final Optional<String> asked;
  private final Optional<String> family;

  /**
   * @param methods of one kind and seed, each on one or more models
   */
  ReferenceChoice(
      Collection<List<GroupRows>> methods,
      Map<GroupKey, Summary> summaries,
      Optional<String> asked) {
    this.methods = methods;
    this.summaries = summaries;
    this.asked = asked;
    this.family =
        methods.stream()
            .filter(method -> !hasSelector(method))
            .map(ReferenceChoice::family)
            .filter(name -> !name.equals("none"))
            .min(
                Comparator.comparing((String name) -> !name.equals("rtn"))
                    .thenComparing(name -> !name.equals("kivi"))
                    .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * The reference of a method. None has the reference itself and, unless one was asked for, all of
   * its family.
   */
  Optional<List<GroupRows>> of(List<GroupRows> method) {
    if (asked.isPresent()) {
      return methods.stream()
          .filter(other -> spec(other).equals(asked.get()) && !spec(method).equals(asked.get()))
          .findFirst();
    }
    Double bits = bits(method);
    if (family.isEmpty() || bits == null || isOfFamily(method)) {
      return Optional.empty();
    }
    return methods.stream()
        .filter(other -> isOfFamily(other) && bits(other) != null)
        .min(
            Comparator.<List<GroupRows>>comparingDouble(
                    other -> Math.abs(StrictMath.log(bits(other) / bits)))
                .thenComparingDouble(this::bits)
                .thenComparing(ReferenceChoice::spec));
  }

  /** Mean over the models that measured it, or null. */
  private Double bits(List<GroupRows> method) {
    return MetricSummary.mean(
        method.stream().map(group -> summaries.get(group.key()).capturedBits()).toList());
  }

  private boolean isOfFamily(List<GroupRows> method) {
    return family(method).equals(family.orElseThrow()) && !hasSelector(method);
  }

  private static boolean hasSelector(List<GroupRows> method) {
    return method.get(0).key().hasSelector();
  }

  private static String family(List<GroupRows> method) {
    return method.get(0).key().method();
  }

  private static String spec(List<GroupRows> method) {
    return method.get(0).key().methodSpec();
  }
}
