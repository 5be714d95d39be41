package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Within which methods are compared: a model, or {@link GroupKey#ALL_MODELS}, a kind and a seed.
 */
record Section(String model, String kind, long seed) implements Comparable<Section> {
  /** By model, the line over models last, kind and seed. */
  private static final Comparator<Section> ORDER =
      Comparator.<Section, Boolean>comparing(Section::isOverModels)
          .thenComparing(Section::model)
          .thenComparing(Section::kind)
          .thenComparingLong(Section::seed);

  boolean isOverModels() {
    return model.equals(GroupKey.ALL_MODELS);
  }

  Section overModels() {
    return new Section(GroupKey.ALL_MODELS, kind, seed);
  }

  @Override
  public int compareTo(Section other) {
    return ORDER.compare(this, other);
  }

  /** The columns that begin most tables. */
  static <R> List<Column<R>> columns(Function<R, Section> section) {
    return new ArrayList<>(
        List.of(
            Column.<R>ofString("model", r -> section.apply(r).model()),
            Column.<R>ofString("kind", r -> section.apply(r).kind()),
            Column.<R>ofLong("seed", r -> section.apply(r).seed())));
  }
}
