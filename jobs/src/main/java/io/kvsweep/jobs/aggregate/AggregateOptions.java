package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.MethodSpec;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What can be asked of the tables.
 *
 * @param reference specification that {@code paired} compares with; empty: {@link ReferenceChoice}
 * @param budgets effective bits per value at which {@code budgets} compares, at least one; rising,
 *     each once, in whatever order they are given
 */
public record AggregateOptions(Optional<String> reference, List<Double> budgets) {
  /** What {@code kvsweep aggregate} does unless asked. */
  public static final AggregateOptions DEFAULT =
      new AggregateOptions(Optional.empty(), List.of(1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0));

  /**
   * @throws InvalidInputException if a budget is not a finite number above 0
   */
  public AggregateOptions {
    budgets = budgets.stream().distinct().sorted().toList();
    for (double budget : budgets) {
      if (!(budget > 0) || Double.isInfinite(budget)) {
        throw new InvalidInputException(
            "a budget of %s bits: expected effective bits per value, finite and above 0"
                .formatted(budget));
      }
    }
  }

  /**
   * The reference as results name it.
   *
   * @param measured canonical specifications that there are results of
   * @throws InvalidInputException if it is not among them
   */
  Optional<String> referenceAmong(SortedSet<String> measured) {
    if (reference.isEmpty() || measured.contains(reference.get())) {
      return reference;
    }
    List<MethodSpec> specs = Methods.STANDARD.expand(reference.get());
    String canonical = specs.get(0).toString();
    if (specs.size() > 1) {
      throw new InvalidInputException(
          "the reference '%s' is a grid of %d methods: expected one"
              .formatted(reference.get(), specs.size()));
    }
    if (!measured.contains(canonical)) {
      throw new InvalidInputException(
          "the reference '%s' was not measured; there are results of %s"
              .formatted(canonical, String.join(", ", measured)));
    }
    return Optional.of(canonical);
  }
}
