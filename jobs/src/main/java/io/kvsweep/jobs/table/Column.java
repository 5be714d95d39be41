package io.kvsweep.jobs.table;

import java.util.function.Function;

/**
 * A column of a table.
 *
 * @param name in Parquet, CSV and SQL
 * @param value its value in a row, of the column's type, or null
 * @param <R> type of the rows
 */
public record Column<R>(String name, Type type, Function<R, ?> value) {
  /** Types that tables need. */
  public enum Type {
    STRING,
    INT,
    LONG,
    DOUBLE,
    BOOLEAN,
    /** A {@code List<Double>}. */
    DOUBLES
  }

  public static <R> Column<R> ofString(String name, Function<R, String> value) {
    return new Column<>(name, Type.STRING, value);
  }

  public static <R> Column<R> ofInt(String name, Function<R, Integer> value) {
    return new Column<>(name, Type.INT, value);
  }

  public static <R> Column<R> ofLong(String name, Function<R, Long> value) {
    return new Column<>(name, Type.LONG, value);
  }

  public static <R> Column<R> ofBoolean(String name, Function<R, Boolean> value) {
    return new Column<>(name, Type.BOOLEAN, value);
  }

  public static <R> Column<R> ofDouble(String name, Function<R, Double> value) {
    return new Column<>(name, Type.DOUBLE, value);
  }
}
