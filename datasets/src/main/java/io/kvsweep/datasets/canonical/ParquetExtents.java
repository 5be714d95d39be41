package io.kvsweep.datasets.canonical;

import java.util.Optional;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.internal.hadoop.metadata.IndexReference;

/**
 * Whether what a footer tells of lies within its file. Parquet makes room for the bytes that a
 * footer claims before it looks whether they are there.
 */
public final class ParquetExtents {
  private ParquetExtents() {}

  /**
   * What lies outside, for a message; empty if nothing does.
   *
   * @param length of the file
   */
  public static Optional<String> outside(ParquetMetadata footer, long length) {
    for (BlockMetaData group : footer.getBlocks()) {
      for (ColumnChunkMetaData chunk : group.getColumns()) {
        long start = chunk.getStartingPos();
        boolean inside = inside(start, chunk.getTotalSize(), length);
        for (IndexReference index :
            new IndexReference[] {
              chunk.getColumnIndexReference(), chunk.getOffsetIndexReference()
            }) {
          inside &= index == null || inside(index.getOffset(), index.getLength(), length);
        }
        if (!inside) {
          return Optional.of(
              "the footer puts column '%s' at byte %d, %d bytes long, or its index outside of the file of %d bytes"
                  .formatted(chunk.getPath().toDotString(), start, chunk.getTotalSize(), length));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean inside(long start, long size, long length) {
    return start >= 0 && size >= 0 && start <= length && size <= length - start;
  }
}
