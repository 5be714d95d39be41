package io.kvsweep.datasets.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a tensor holds. Ordinals are in the headers of encoded blocks: new kinds go to the end. */
public enum TensorKind {
  KEY,
  VALUE,
  QUERY,
  /**
   * The mean of {@code q q^T} over queries, per query head, as attention uses them: rotated, not
   * yet scaled. Its rows are channels, not tokens: {@code [headDim, query heads, headDim]}.
   */
  QUERY_MOMENT;

  /** Whether it is part of the cache, which is what methods compress. */
  public boolean isCached() {
    return this == KEY || this == VALUE;
  }

  /**
   * Name in Parquet columns and capture names: {@code key}, {@code value}, {@code query}, {@code
   * query_moment}.
   */
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
        "unknown kind '%s': expected one of %s"
            .formatted(
                label,
                Arrays.stream(values()).map(TensorKind::label).collect(Collectors.joining(", "))));
  }
}
