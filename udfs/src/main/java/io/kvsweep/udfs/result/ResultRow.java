package io.kvsweep.udfs.result;

import java.util.EnumMap;
import java.util.Map;

/** One row of results: (cell, model, prompt, layer). Columns that were not set are null. */
public final class ResultRow {
  private final Map<ResultColumn, Object> values;

  private ResultRow(Map<ResultColumn, Object> values) {
    this.values = values;
  }

  /** Value of a column, or null. */
  public Object get(ResultColumn column) {
    return values.get(column);
  }

  /** Whether the cell was measured. */
  public boolean measured() {
    return Status.MEASURED.label().equals(values.get(ResultColumn.STATUS));
  }

  /** An empty builder. */
  public static Builder builder() {
    return new Builder(new EnumMap<>(ResultColumn.class));
  }

  /** A builder that starts from this row. */
  public Builder with() {
    return new Builder(new EnumMap<>(values));
  }

  /** Collects values; each column takes its own type only. */
  public static final class Builder {
    private final EnumMap<ResultColumn, Object> values;

    private Builder(EnumMap<ResultColumn, Object> values) {
      this.values = values;
    }

    /**
     * Sets a column; null clears it.
     *
     * @throws IllegalArgumentException if the value is not of the column's type
     */
    public Builder set(ResultColumn column, Object value) {
      if (value == null) {
        values.remove(column);
      } else {
        column.check(value);
        values.put(column, value);
      }
      return this;
    }

    public ResultRow build() {
      return new ResultRow(new EnumMap<>(values));
    }
  }
}
