package io.kvsweep.udfs.sql;

import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Result rows as Spark sees them: the columns of {@link ResultColumn}, in their order. */
public final class ResultRows {
  private static final StructType HEAD =
      new StructType()
          .add("head", DataTypes.IntegerType)
          .add("nmse", DataTypes.DoubleType)
          .add("logit_rms", DataTypes.DoubleType)
          .add("attention_kl", DataTypes.DoubleType)
          .add("output_error", DataTypes.DoubleType);

  /** Type of a result row. */
  public static final StructType SCHEMA = schema();

  private ResultRows() {}

  private static StructType schema() {
    List<StructField> fields = new ArrayList<>();
    for (ResultColumn column : ResultColumn.values()) {
      fields.add(DataTypes.createStructField(column.label(), type(column.type()), true));
    }
    return DataTypes.createStructType(fields);
  }

  private static DataType type(ResultColumn.Type type) {
    return switch (type) {
      case STRING -> DataTypes.StringType;
      case INT -> DataTypes.IntegerType;
      case LONG -> DataTypes.LongType;
      case DOUBLE -> DataTypes.DoubleType;
      case HEADS -> DataTypes.createArrayType(HEAD);
    };
  }

  /** A result as a Spark row. */
  public static Row toRow(ResultRow result) {
    Object[] values = new Object[ResultColumn.values().length];
    for (ResultColumn column : ResultColumn.values()) {
      Object value = result.get(column);
      values[column.ordinal()] =
          value instanceof HeadResult[] heads ? List.of(headRows(heads)) : value;
    }
    return RowFactory.create(values);
  }

  private static Row[] headRows(HeadResult[] heads) {
    Row[] rows = new Row[heads.length];
    for (int i = 0; i < rows.length; i++) {
      HeadResult h = heads[i];
      rows[i] =
          RowFactory.create(h.head(), h.nmse(), h.logitRms(), h.attentionKl(), h.outputError());
    }
    return rows;
  }

  /** A Spark row as a result. */
  public static ResultRow fromRow(Row row) {
    ResultRow.Builder result = ResultRow.builder();
    for (ResultColumn column : ResultColumn.values()) {
      Object value = row.get(row.fieldIndex(column.label()));
      result.set(column, column.type() == ResultColumn.Type.HEADS ? heads(row, column) : value);
    }
    return result.build();
  }

  private static HeadResult[] heads(Row row, ResultColumn column) {
    int at = row.fieldIndex(column.label());
    if (row.isNullAt(at)) {
      return null;
    }
    return row.<Row>getList(at).stream()
        .map(
            h ->
                new HeadResult(
                    h.getInt(0),
                    (Double) h.get(1),
                    (Double) h.get(2),
                    (Double) h.get(3),
                    (Double) h.get(4)))
        .toArray(HeadResult[]::new);
  }
}
