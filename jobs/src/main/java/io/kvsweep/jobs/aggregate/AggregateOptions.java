package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.spec.MethodSpec;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

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
   * Refuses a reference without results before any work; without Spark, which takes seconds to
   * start and a minute to gather all rows.
   *
   * @throws InvalidInputException if it was not measured or a result file is damaged
   */
  public void checkReference(ResultStore store) {
    if (reference.isPresent()) {
      referenceAmong(
          store.files().parallelStream()
              .flatMap(file -> store.read(file, List.of(ResultColumn.METHOD_SPEC)).stream())
              .map(row -> (String) row.get(ResultColumn.METHOD_SPEC))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  /**
   * The reference as results name it.
   *
   * @param measured canonical specifications that there are results of
   * @throws InvalidInputException if it is not among them
   */
  Optional<String> referenceAmong(SortedSet<String> measured) {
    if (reference.isEmpty()) {
      return reference;
    }
    // As it is named there or in a table: also what no longer is a specification of its own, such
    // as external, which names no folder in results.
    for (String spec : measured) {
      if (reference.get().equals(spec) || reference.get().equals(ShortSpec.STANDARD.of(spec))) {
        return Optional.of(spec);
      }
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
              .formatted(
                  ShortSpec.STANDARD.of(canonical),
                  measured.stream().map(ShortSpec.STANDARD::of).collect(Collectors.joining(", "))));
    }
    return Optional.of(canonical);
  }
}
