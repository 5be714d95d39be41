package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorKind;
import java.util.List;
import java.util.Locale;

/** What a cell compresses. In a key row values are exact for attention, and the reverse. */
public enum CellKind {
  KEY,
  VALUE,
  BOTH;

  /** The tensors that it compresses. */
  List<TensorKind> tensors() {
    return switch (this) {
      case KEY -> List.of(TensorKind.KEY);
      case VALUE -> List.of(TensorKind.VALUE);
      case BOTH -> List.of(TensorKind.KEY, TensorKind.VALUE);
    };
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The kind with this label.
   *
   * @throws IllegalArgumentException naming the known labels
   */
  public static CellKind of(String label) {
    for (CellKind kind : values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("unknown kind '" + label + "': expected key, value or both");
  }
}
