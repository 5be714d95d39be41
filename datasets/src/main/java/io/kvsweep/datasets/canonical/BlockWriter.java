package io.kvsweep.datasets.canonical;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.util.AutoCloseables.ParquetCloseResourceException;

/**
 * Writes blocks to one Parquet file. Row groups are limited by rows, since Parquet looks at sizes
 * only now and then and dies of large rows; one row per page lets a reader fetch single blocks
 * through the page index. Uncompressed: zstd takes about a tenth off fp16 caches, slows writing and
 * reading by more than that, and needs native code.
 */
final class BlockWriter implements Closeable {
  private static final int GROUP_BYTES = 32 << 20;
  private static final int MAX_ROWS = 32;

  private final ParquetWriter<Block> writer;

  /**
   * @param blockBytes payload of the largest block to come
   */
  BlockWriter(OutputFile out, int blockBytes, Configuration conf) throws IOException {
    int rows = Math.min(MAX_ROWS, Math.max(1, GROUP_BYTES / blockBytes));
    this.writer =
        new Builder(out)
            .withConf(conf)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withRowGroupRowCountLimit(rows)
            .withPageRowCountLimit(1)
            .withMinRowCountForPageSizeCheck(1)
            .withMaxRowCountForPageSizeCheck(1)
            .withDictionaryEncoding(CanonicalSchema.PAYLOAD, false)
            .withStatisticsEnabled(CanonicalSchema.PAYLOAD, false)
            .withSizeStatisticsEnabled(CanonicalSchema.PAYLOAD, false)
            .build();
  }

  /** Writes a block; its payload array may be used again afterwards. */
  void write(Block block) throws IOException {
    writer.write(block);
  }

  @Override
  public void close() throws IOException {
    try {
      writer.close();
    } catch (ParquetCloseResourceException e) {
      // What is buffered is written only now, and Parquet hides the failure in one of its own.
      Throwable cause = e.getCause();
      throw cause instanceof IOException disk ? disk : new IOException(cause.getMessage(), e);
    }
  }

  private static final class Builder extends ParquetWriter.Builder<Block, Builder> {
    Builder(OutputFile out) {
      super(out);
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings("deprecation") // abstract, so it must be there
    protected WriteSupport<Block> getWriteSupport(Configuration conf) {
      return new Support();
    }
  }

  private static final class Support extends WriteSupport<Block> {
    private RecordConsumer consumer;

    @Override
    @SuppressWarnings("deprecation") // abstract, so it must be there
    public WriteContext init(Configuration conf) {
      return new WriteContext(
          CanonicalSchema.written(),
          Map.of(
              "kvsweep.schema", CanonicalSchema.VERSION, "kvsweep.writer", CanonicalSchema.WRITER));
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(Block block) {
      int length = Math.toIntExact(block.bytes());
      consumer.startMessage();
      text(0, CanonicalSchema.MODEL, block.key().model());
      text(1, CanonicalSchema.PROMPT, block.key().prompt());
      integer(2, CanonicalSchema.LAYER, block.layer());
      text(3, CanonicalSchema.KIND, block.kind().label());
      integer(4, CanonicalSchema.TOKEN_START, block.tokenStart());
      integer(5, CanonicalSchema.TOKENS, block.tokens());
      integer(6, CanonicalSchema.HEADS, block.heads());
      integer(7, CanonicalSchema.HEAD_DIM, block.headDim());
      text(8, CanonicalSchema.DTYPE, block.dtype().label());
      text(9, CanonicalSchema.ROPE_STAGE, block.ropeStage().label());
      consumer.startField(CanonicalSchema.PAYLOAD, 10);
      consumer.addBinary(Binary.fromReusedByteBuffer(ByteBuffer.wrap(block.payload(), 0, length)));
      consumer.endField(CanonicalSchema.PAYLOAD, 10);
      consumer.startField(CanonicalSchema.CRC32C, 11);
      consumer.addLong(Hashes.crc32c(block.payload(), length));
      consumer.endField(CanonicalSchema.CRC32C, 11);
      consumer.endMessage();
    }

    private void text(int index, String name, String value) {
      consumer.startField(name, index);
      consumer.addBinary(Binary.fromString(value));
      consumer.endField(name, index);
    }

    private void integer(int index, String name, int value) {
      consumer.startField(name, index);
      consumer.addInteger(value);
      consumer.endField(name, index);
    }
  }
}
