package io.kvsweep.udfs.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Records as Spark rows: components are columns in their order, {@code decayR2} as {@code
 * decay_r2}, {@code channels99} as {@code channels_99}; components of a record within take its
 * place.
 */
public final class RecordRows {
  private static final Map<Class<?>, DataType> TYPES =
      Map.of(
          String.class, DataTypes.StringType,
          int.class, DataTypes.IntegerType,
          Integer.class, DataTypes.IntegerType,
          long.class, DataTypes.LongType,
          Long.class, DataTypes.LongType,
          Double.class, DataTypes.DoubleType,
          double[].class, DataTypes.createArrayType(DataTypes.DoubleType, false));

  private RecordRows() {}

  /** The columns of a record; all may be null. */
  public static StructType schema(Class<? extends Record> type) {
    List<StructField> fields = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getType().isRecord()) {
        fields.addAll(List.of(schema(component.getType().asSubclass(Record.class)).fields()));
      } else {
        DataType column = TYPES.get(component.getType());
        if (column == null) {
          throw new IllegalArgumentException("no column type for " + component);
        }
        fields.add(DataTypes.createStructField(label(component), column, true));
      }
    }
    return DataTypes.createStructType(fields);
  }

  private static String label(RecordComponent component) {
    return component.getName().replaceAll("([a-z])([A-Z0-9])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /** A record as a row of its columns. */
  public static Row toRow(Record record) {
    List<Object> values = new ArrayList<>();
    addValues(record, values);
    return RowFactory.create(values.toArray());
  }

  private static void addValues(Record record, List<Object> values) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(record, component);
      if (value instanceof Record inner) {
        addValues(inner, values);
      } else {
        values.add(value);
      }
    }
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
