package io.kvsweep.jobs.aggregate;

import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.external.ExternalMethod;
import io.kvsweep.udfs.spec.Method;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;

/** What a line of the summary is about. */
public record GroupKey(String model, String kind, String method, String methodSpec, long seed)
    implements Serializable, Comparable<GroupKey> {
  /** Stands for the model in lines over models. */
  public static final String ALL_MODELS = PromptHead.ALL_MODELS;

  private static final Set<String> SELECTORS = names(Method.OfTokens.class);
  private static final Set<String> CALIBRATED = names(Method.OfCalibratedCache.class);
  private static final Comparator<GroupKey> ORDER =
      Comparator.comparing(GroupKey::section)
          .thenComparing(GroupKey::method)
          .thenComparing(GroupKey::methodSpec);

  private static Set<String> names(Class<? extends Method> type) {
    return Methods.STANDARD.methods().stream()
        .filter(type::isInstance)
        .map(Method::name)
        .collect(Collectors.toUnmodifiableSet());
  }

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
    return hasSelector(methodSpec);
  }

  /** The same, of a canonical specification. */
  public static boolean hasSelector(String methodSpec) {
    return SELECTORS.contains(name(methodSpec));
  }

  /** Whether nothing stands left of the codec. */
  boolean isPlain() {
    return name(methodSpec).equals(method);
  }

  /** What a report shows or hides together: the codec, or the selector before it. */
  public String family() {
    return family(method, methodSpec);
  }

  /** The same, of a codec and the canonical specification that it stands in. */
  public static String family(String method, String methodSpec) {
    return hasSelector(methodSpec) ? name(methodSpec) : method;
  }

  /** Whether each unit is a cell of its own, that of its tensors as somebody else decoded them. */
  boolean isExternal() {
    return methodSpec.contains(ExternalMethod.NAME + "(");
  }

  /** Whether each model is a cell of its own, that of what was fitted on its prompts. */
  boolean isCalibrated() {
    return isCalibrated(methodSpec);
  }

  /** The same, of a canonical specification. */
  public static boolean isCalibrated(String methodSpec) {
    return Arrays.stream(methodSpec.split(" \\| "))
        .map(GroupKey::name)
        .anyMatch(CALIBRATED::contains);
  }

  private static String name(String stage) {
    return stage.replaceFirst("[ (|].*", "");
  }

  public GroupKey overModels() {
    return new GroupKey(ALL_MODELS, kind, method, methodSpec, seed);
  }

  Section section() {
    return new Section(model, kind, seed);
  }
}
