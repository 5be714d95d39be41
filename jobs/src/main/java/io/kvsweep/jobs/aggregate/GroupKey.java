package io.kvsweep.jobs.aggregate;

import java.io.Serializable;
import java.util.Comparator;

/** What a line of the summary is about. */
public record GroupKey(String model, String kind, String method, String methodSpec, long seed)
    implements Serializable, Comparable<GroupKey> {
  /** Stands for the model in lines over models. */
  public static final String ALL_MODELS = "all models";

  private static final Comparator<GroupKey> ORDER =
      Comparator.comparing(GroupKey::section)
          .thenComparing(GroupKey::method)
          .thenComparing(GroupKey::methodSpec);

  /** By section, then method. */
  @Override
  public int compareTo(GroupKey other) {
    return ORDER.compare(this, other);
  }

  public GroupKey overModels() {
    return new GroupKey(ALL_MODELS, kind, method, methodSpec, seed);
  }

  Section section() {
    return new Section(model, kind, seed);
  }
}
