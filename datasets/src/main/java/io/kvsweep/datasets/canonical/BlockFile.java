package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import io.kvsweep.datasets.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.hadoop.BadConfigurationException;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * One Parquet file of blocks, by us or by somebody else. Holds the footer only; every read opens
 * the file anew, so instances are immutable and may be shared between threads.
 */
final class BlockFile {
  private final InputFile input;
  private final Path path;
  private final ParquetMetadata footer;

  private BlockFile(InputFile input, Path path, ParquetMetadata footer) {
    this.input = input;
    this.path = path;
    this.footer = footer;
  }

  /** Reads the footer. */
  static BlockFile open(Store store, Path path) {
    InputFile input = store.input(path);
    try (ParquetFileReader reader = ParquetFileReader.open(input)) {
      BlockFile file = new BlockFile(input, path, reader.getFooter());
      file.checkChunks(input.getLength());
      CanonicalSchema.projection(file.schema(), false, file.place());
      return file;
    } catch (FileNotFoundException e) {
      throw new InvalidInputException(
          Store.show(path) + ": no such file; import the dataset again", e);
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException
        | RuntimeException
        | AssertionError e) { // Parquet's, of no type of its own
      throw failed(
          Store.show(path),
          "no readable Parquet file: %s; it is truncated or damaged: import or copy it again"
              .formatted(Reason.of(e)),
          e);
    }
  }

  /** Whatever came through Parquet: the store's failure, or else one of the bytes. */
  private static InvalidInputException failed(String place, String ofTheBytes, Throwable e) {
    return StoreInput.failure(e)
        .<InvalidInputException>map(
            failure ->
                new StoreUnavailableException(
                    "%s: the store did not give what was to be read: %s; the file may be whole: try again when the store answers, a sweep with --retry-failed"
                        .formatted(place, Reason.of(failure)),
                    e))
        .orElseGet(() -> new InvalidInputException(place + ": " + ofTheBytes, e));
  }

  private void checkChunks(long length) {
    ParquetExtents.outside(footer, length)
        .ifPresent(
            lie -> {
              throw new InvalidInputException(
                  "%s: %s; it is truncated or damaged: import or copy it again"
                      .formatted(place(), lie));
            });
  }

  Path path() {
    return path;
  }

  String place() {
    return Store.show(path);
  }

  MessageType schema() {
    return footer.getFileMetaData().getSchema();
  }

  /** Row groups, in order. */
  List<BlockMetaData> groups() {
    return footer.getBlocks();
  }

  /** All blocks of one row group. */
  void readGroup(int group, boolean payload, Consumer<Block> visitor) {
    if (groups().get(group).getRowCount() == 0) {
      return; // pyarrow's for an empty table; Parquet refuses to read one
    }
    read(
        ParquetReadOptions.builder().build(),
        payload,
        (reader, records) -> records.visit(reader.readRowGroup(group), group, visitor));
  }

  /**
   * The blocks that the filter lets through, and others of the same pages; the caller looks again.
   * Row groups and, where the file has an index, pages that cannot match are not read.
   */
  void read(FilterPredicate filter, Consumer<Block> visitor) {
    ParquetReadOptions options =
        ParquetReadOptions.builder()
            .withRecordFilter(FilterCompat.get(filter))
            .useStatsFilter(true)
            .useDictionaryFilter(true)
            .useColumnIndexFilter(true)
            .build();
    read(
        options,
        true,
        (reader, records) -> {
          for (PageReadStore pages = reader.readNextFilteredRowGroup();
              pages != null;
              pages = reader.readNextFilteredRowGroup()) {
            records.visit(pages, -1, visitor);
          }
        });
  }

  private void read(ParquetReadOptions options, boolean payload, Body body) {
    MessageType projection = CanonicalSchema.projection(schema(), payload, place());
    // Reads the footer once more: Parquet 1.15, which Spark 4.0 brings, does not take a given one.
    try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
      reader.setRequestedSchema(projection);
      body.run(reader, new Records(projection, payload, place()));
    } catch (InvalidInputException e) {
      throw e;
    } catch (BadConfigurationException e) { // a compression of which there is no decoder
      throw new InvalidInputException(
          "%s: is compressed with %s, which cannot be read here (%s); write the file again with snappy, zstd, gzip or uncompressed"
              .formatted(place(), codecs(), Reason.of(e)),
          e);
    } catch (IOException
        | RuntimeException
        | AssertionError e) { // Parquet's, of no type of its own
      throw failed(
          place(),
          "cannot be decoded as Parquet: %s; it is damaged: import or copy it again".formatted(e),
          e);
    }
  }

  private String codecs() {
    return groups().stream()
        .flatMap(group -> group.getColumns().stream())
        .map(chunk -> chunk.getCodec().name())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private interface Body {
    void run(ParquetFileReader reader, Records records) throws IOException;
  }

  private record Records(MessageType projection, boolean payload, String place) {
    void visit(PageReadStore pages, int group, Consumer<Block> visitor) {
      RecordReader<Group> records =
          new ColumnIOFactory()
              .getColumnIO(projection)
              .getRecordReader(pages, new GroupRecordConverter(projection));
      long rows = pages.getRowCount();
      for (long row = 0; row < rows; row++) {
        String at = group < 0 ? place : "%s: row group %d, row %d".formatted(place, group, row);
        visitor.accept(BlockParser.parse(records.read(), payload, at));
      }
    }
  }
}
