package io.kvsweep.jobs.results;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import io.kvsweep.datasets.canonical.ParquetExtents;
import io.kvsweep.jobs.storage.ParquetBytes;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Rows to the bytes of a Parquet file and back, without Spark. */
public final class ResultParquet {
  private ResultParquet() {}

  /** A whole Parquet file. */
  public static byte[] write(List<ResultRow> rows) {
    MessageType schema = ResultSchema.parquet();
    ParquetBytes.Output out = new ParquetBytes.Output();
    // Uncompressed: dictionaries take out what repeats, doubles do not compress, and no native
    // library is needed to read it.
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(out)
            .withConf(ParquetBytes.CONFIGURATION)
            .withType(schema)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .build()) {
      for (ResultRow row : rows) {
        writer.write(RowGroups.toGroup(row, schema));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  /** All rows of a file, all columns. */
  public static List<ResultRow> read(byte[] bytes, String name) {
    return read(bytes, name, EnumSet.allOf(ResultColumn.class));
  }

  /**
   * All rows of a file. Columns that the file lacks come back null, columns it has beside ours are
   * ignored, so that older and newer versions read each other's results.
   *
   * @param name of the file, for messages
   * @param columns the ones to read
   * @throws InvalidInputException if the bytes are no result file
   */
  public static List<ResultRow> read(byte[] bytes, String name, Collection<ResultColumn> columns) {
    try (ParquetFileReader reader = open(bytes, name)) {
      checkExtents(reader.getFooter(), bytes.length, name);
      MessageType file = reader.getFooter().getFileMetaData().getSchema();
      MessageType wanted = projection(file, name, columns);
      reader.setRequestedSchema(wanted);
      MessageColumnIO columnIo = new ColumnIOFactory().getColumnIO(wanted, file);
      List<ResultRow> rows = new ArrayList<>();
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            columnIo.getRecordReader(pages, new GroupRecordConverter(wanted));
        for (long i = 0; i < pages.getRowCount(); i++) {
          rows.add(RowGroups.fromGroup(records.read()));
        }
      }
      return rows;
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException | AssertionError e) {
      throw unreadable(name, e);
    }
  }

  /**
   * Refuses, by its footer alone, a file that is not Parquet or lacks a column, and one that would
   * have its reader take more memory than the file can fill.
   *
   * @param tail the last bytes of the file, with the whole footer
   * @param length of the file
   * @param results whether it must have the columns of results
   * @throws InvalidInputException naming the file
   */
  static void check(byte[] tail, long length, boolean results, String name) {
    // Of a footer, Parquet looks only for its distance from the end.
    try (ParquetFileReader reader = open(tail, name)) {
      checkExtents(reader.getFooter(), length, name);
      if (results) {
        projection(
            reader.getFooter().getFileMetaData().getSchema(), name, List.of(ResultColumn.values()));
      }
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException | AssertionError e) {
      throw unreadable(name, e);
    }
  }

  private static ParquetFileReader open(byte[] bytes, String name) throws IOException {
    return ParquetFileReader.open(
        ParquetBytes.input(bytes, name),
        ParquetReadOptions.builder(ParquetBytes.CONFIGURATION)
            .usePageChecksumVerification(true)
            .build());
  }

  private static void checkExtents(ParquetMetadata footer, long length, String name) {
    ParquetExtents.outside(footer, length)
        .ifPresent(
            lie -> {
              throw DamagedFile.of(name, "not a readable Parquet file (" + lie + ")", null);
            });
  }

  /** Parquet throws whatever damaged bytes lead to: all of it means the same to the user. */
  private static InvalidInputException unreadable(String name, Throwable cause) {
    return DamagedFile.of(name, "not a readable Parquet file (" + Reason.of(cause) + ")", cause);
  }

  private static MessageType projection(
      MessageType file, String name, Collection<ResultColumn> columns) {
    List<Type> fields = new ArrayList<>();
    for (Type expected : ResultSchema.parquet().getFields()) {
      ResultColumn column = RowGroups.column(expected.getName());
      if (!file.containsField(expected.getName())) {
        if (expected.getRepetition() == Type.Repetition.REQUIRED) {
          throw DamagedFile.of(
              name, "not a result file: column " + column.label() + " is missing", null);
        }
      } else if (columns.contains(column)) {
        Type actual = file.getType(expected.getName());
        if (actual.isPrimitive() != expected.isPrimitive()
            || (actual.isPrimitive()
                && actual.asPrimitiveType().getPrimitiveTypeName()
                    != expected.asPrimitiveType().getPrimitiveTypeName())) {
          throw DamagedFile.of(
              name,
              "not a result file: expected '%s', found '%s'".formatted(expected, actual),
              null);
        }
        fields.add(actual);
      }
    }
    return new MessageType(file.getName(), fields);
  }
}
