package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import java.io.Serializable;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;

/** What a line of the summary is about. */
public record GroupKey(String model, String kind, String method, String methodSpec, long seed)
    implements Serializable, Comparable<GroupKey> {
  /** Stands for the model in lines over models. */
  public static final String ALL_MODELS = "all models";

  private static final Set<String> SELECTORS =
      Methods.STANDARD.methods().stream()
          .filter(Method.OfTokens.class::isInstance)
          .map(Method::name)
          .collect(Collectors.toUnmodifiableSet());
  private static final Comparator<GroupKey> ORDER =
      Comparator.comparing(GroupKey::section)
          .thenComparing(GroupKey::method)
          .thenComparing(GroupKey::methodSpec);

  /** By section, then method. */
  @Override
  public int compareTo(GroupKey other) {
    return ORDER.compare(this, other);
  }

  /**
   * Whether a selector stands left of the codec. Errors of its tensors are then of the tokens it
   * kept for the codec, those of logits and attention of the tokens read; only the output error
   * counts what is gone.
   */
  public boolean hasSelector() {
    return SELECTORS.contains(methodSpec.replaceFirst("[ (|].*", ""));
  }

  public GroupKey overModels() {
    return new GroupKey(ALL_MODELS, kind, method, methodSpec, seed);
  }

  Section section() {
    return new Section(model, kind, seed);
  }
}
