package io.kvsweep.datasets.tensor;

import java.util.Locale;

/** What a tensor holds. */
public enum TensorKind {
  KEY,
  VALUE,
  QUERY;

  /** Name in Parquet columns and capture names: {@code key}, {@code value}, {@code query}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The kind with this label.
   *
   * @throws IllegalArgumentException naming the known labels
   */
  public static TensorKind of(String label) {
    for (TensorKind kind : values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "unknown kind '" + label + "': expected key, value or query");
  }
}
