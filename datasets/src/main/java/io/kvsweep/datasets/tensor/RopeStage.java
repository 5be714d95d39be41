package io.kvsweep.datasets.tensor;

import java.util.Locale;

/** Whether the rotary position embedding is in the numbers already. */
public enum RopeStage {
  /** Not yet rotated. */
  PRE,
  /** Rotated by token position. */
  POST,
  /** The model has no rotary embedding, or the tensor is never rotated (values). */
  NONE;

  /** Name in metadata, columns and specs: {@code pre}, {@code post}, {@code none}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The stage with this label.
   *
   * @throws IllegalArgumentException naming the known labels
   */
  public static RopeStage of(String label) {
    for (RopeStage stage : values()) {
      if (stage.label().equals(label)) {
        return stage;
      }
    }
    throw new IllegalArgumentException(
        "unknown rotary stage '" + label + "': expected pre, post or none");
  }
}
