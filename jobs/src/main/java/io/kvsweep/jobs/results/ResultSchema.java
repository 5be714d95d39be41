package io.kvsweep.jobs.results;

import io.kvsweep.udfs.result.ResultColumn;
import java.util.EnumSet;
import java.util.Set;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * The columns of results as Parquet sees them, from {@link ResultColumn}. Spark reads them as
 * {@link io.kvsweep.udfs.sql.ResultRows#SCHEMA}.
 */
final class ResultSchema {
  /** Columns without which a row means nothing. */
  private static final Set<ResultColumn> REQUIRED =
      EnumSet.of(
          ResultColumn.RUN_ID,
          ResultColumn.CELL_ID,
          ResultColumn.UNIT_ID,
          ResultColumn.MODEL,
          ResultColumn.PROMPT,
          ResultColumn.KIND,
          ResultColumn.METHOD,
          ResultColumn.METHOD_SPEC,
          ResultColumn.LAYER,
          ResultColumn.SEED,
          ResultColumn.STATUS);

  private ResultSchema() {}

  /** Schema of a result file. */
  static MessageType parquet() {
    Types.MessageTypeBuilder schema = Types.buildMessage();
    for (ResultColumn column : ResultColumn.values()) {
      schema.addField(field(column));
    }
    return schema.named("kvsweep_result");
  }

  private static Type field(ResultColumn column) {
    Repetition repetition = REQUIRED.contains(column) ? Repetition.REQUIRED : Repetition.OPTIONAL;
    return switch (column.type()) {
      case STRING ->
          Types.primitive(PrimitiveTypeName.BINARY, repetition)
              .as(LogicalTypeAnnotation.stringType())
              .named(column.label());
      case INT -> Types.primitive(PrimitiveTypeName.INT32, repetition).named(column.label());
      case LONG -> Types.primitive(PrimitiveTypeName.INT64, repetition).named(column.label());
      case DOUBLE -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(column.label());
      case HEADS ->
          Types.optionalList()
              .optionalGroupElement()
              .required(PrimitiveTypeName.INT32)
              .named("head")
              .optional(PrimitiveTypeName.DOUBLE)
              .named("nmse")
              .optional(PrimitiveTypeName.DOUBLE)
              .named("logit_rms")
              .optional(PrimitiveTypeName.DOUBLE)
              .named("attention_kl")
              .optional(PrimitiveTypeName.DOUBLE)
              .named("output_error")
              .named(column.label());
    };
  }
}
