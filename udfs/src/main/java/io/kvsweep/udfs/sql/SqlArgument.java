package io.kvsweep.udfs.sql;

import java.util.Locale;
import org.apache.spark.sql.types.DataType;

/**
 * An argument of a function.
 *
 * @param type what arguments are cast to, where Spark casts without being asked
 * @param meaning for people
 */
record SqlArgument(String name, DataType type, String meaning) {
  /** As {@code DESCRIBE FUNCTION EXTENDED} lists it. */
  @Override
  public String toString() {
    return name + " - " + type.sql().toLowerCase(Locale.ROOT) + ": " + meaning;
  }
}
