package io.kvsweep.jobs.table;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Columns of a table whose rows are Spark's. */
public final class RowColumns {
  private RowColumns() {}

  /** The columns of a flat schema of texts, numbers and arrays of doubles. */
  public static List<Column<Row>> of(StructType schema) {
    List<Column<Row>> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      int at = columns.size();
      columns.add(new Column<>(field.name(), type(field), row -> value(row, at)));
    }
    return columns;
  }

  private static Object value(Row row, int at) {
    Object value = row.get(at);
    return value instanceof scala.collection.Seq<?> ? row.getList(at) : value;
  }

  private static Column.Type type(StructField field) {
    DataType type = field.dataType();
    if (type.equals(DataTypes.StringType)) {
      return Column.Type.STRING;
    } else if (type.equals(DataTypes.IntegerType)) {
      return Column.Type.INT;
    } else if (type.equals(DataTypes.LongType)) {
      return Column.Type.LONG;
    } else if (type.equals(DataTypes.DoubleType)) {
      return Column.Type.DOUBLE;
    } else if (type instanceof ArrayType array
        && array.elementType().equals(DataTypes.DoubleType)) {
      return Column.Type.DOUBLES;
    }
    throw new IllegalArgumentException("no column type for " + field);
  }
}
