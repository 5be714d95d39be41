package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.StoreUnavailableException;
import io.kvsweep.datasets.StreamFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.io.ParquetFileRange;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A stream that Parquet reads. What the store throws carries a type of its own through Parquet's
 * exceptions: Parquet throws {@link IOException}s of damaged bytes, too, and the remedies differ.
 */
final class StoreInput extends SeekableInputStream {
  private final SeekableInputStream in;

  StoreInput(SeekableInputStream in) {
    this.in = in;
  }

  /** Something that the store may do when it is asked again. */
  private static final class Failure extends IOException {
    private static final long serialVersionUID = 1L;

    Failure(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** What the store threw that may pass, if that is behind an exception of Parquet's. */
  static Optional<Throwable> failure(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Failure) {
        return Optional.of(cause.getCause());
      }
    }
    return Optional.empty();
  }

  /** Asks the store for something. */
  static <T> T asking(StreamFailures.Reading<T> reading) throws IOException {
    try {
      return StreamFailures.reading(reading);
    } catch (IOException e) {
      throw StoreUnavailableException.mayPass(e) ? new Failure(e) : e;
    }
  }

  private static void doing(StreamFailures.Writing action) throws IOException {
    asking(
        () -> {
          action.run();
          return null;
        });
  }

  @Override
  public int read() throws IOException {
    return asking(in::read);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return asking(() -> in.read(bytes, offset, length));
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    return asking(() -> in.read(buffer));
  }

  @Override
  public void readFully(byte[] bytes) throws IOException {
    doing(() -> in.readFully(bytes));
  }

  @Override
  public void readFully(byte[] bytes, int offset, int length) throws IOException {
    doing(() -> in.readFully(bytes, offset, length));
  }

  @Override
  public void readFully(ByteBuffer buffer) throws IOException {
    doing(() -> in.readFully(buffer));
  }

  @Override
  public boolean readVectoredAvailable(ByteBufferAllocator allocator) {
    return in.readVectoredAvailable(allocator);
  }

  @Override
  public void readVectored(List<ParquetFileRange> ranges, ByteBufferAllocator allocator)
      throws IOException {
    doing(() -> in.readVectored(ranges, allocator));
    for (ParquetFileRange range : ranges) {
      range.setDataReadFuture(
          range
              .getDataReadFuture()
              .exceptionally(
                  e -> {
                    Throwable cause = e instanceof CompletionException ? e.getCause() : e;
                    throw new CompletionException(
                        cause instanceof IOException io && StoreUnavailableException.mayPass(io)
                            ? new Failure(io)
                            : cause);
                  }));
    }
  }

  @Override
  public long getPos() throws IOException {
    return asking(in::getPos);
  }

  @Override
  public void seek(long position) throws IOException {
    doing(() -> in.seek(position));
  }

  @Override
  public long skip(long bytes) throws IOException {
    return asking(() -> in.skip(bytes));
  }

  @Override
  public int available() throws IOException {
    return asking(in::available);
  }

  @Override
  public void close() throws IOException {
    doing(in::close);
  }
}
