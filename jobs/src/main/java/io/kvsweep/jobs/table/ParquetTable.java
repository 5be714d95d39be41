package io.kvsweep.jobs.table;

import io.kvsweep.jobs.storage.ParquetBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** A table as the bytes of one Parquet file; all columns optional. */
public final class ParquetTable {
  private ParquetTable() {}

  /** Writes the rows in their order. */
  public static <R> byte[] write(List<Column<R>> columns, List<R> rows) {
    Types.MessageTypeBuilder types = Types.buildMessage();
    columns.forEach(column -> types.addField(field(column)));
    MessageType schema = types.named("kvsweep_table");
    ParquetBytes.Output out = new ParquetBytes.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(out)
            .withConf(ParquetBytes.CONFIGURATION)
            .withType(schema)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .build()) {
      for (R row : rows) {
        writer.write(group(columns, row, schema));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  private static Type field(Column<?> column) {
    return switch (column.type()) {
      case STRING ->
          Types.optional(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(column.name());
      case INT -> Types.optional(PrimitiveTypeName.INT32).named(column.name());
      case LONG -> Types.optional(PrimitiveTypeName.INT64).named(column.name());
      case DOUBLE -> Types.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      case BOOLEAN -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
      case DOUBLES ->
          Types.optionalList().requiredElement(PrimitiveTypeName.DOUBLE).named(column.name());
    };
  }

  private static <R> Group group(List<Column<R>> columns, R row, MessageType schema) {
    Group group = new SimpleGroup(schema);
    for (Column<R> column : columns) {
      Object value = column.value().apply(row);
      if (value == null) {
        continue;
      }
      switch (column.type()) {
        case STRING -> group.add(column.name(), (String) value);
        case INT -> group.add(column.name(), (Integer) value);
        case LONG -> group.add(column.name(), (Long) value);
        case DOUBLE -> group.add(column.name(), (Double) value);
        case BOOLEAN -> group.add(column.name(), (Boolean) value);
        case DOUBLES -> addList(group.addGroup(column.name()), (List<?>) value);
      }
    }
    return group;
  }

  private static void addList(Group list, List<?> values) {
    for (Object value : values) {
      list.addGroup("list").add("element", (Double) value);
    }
  }
}
