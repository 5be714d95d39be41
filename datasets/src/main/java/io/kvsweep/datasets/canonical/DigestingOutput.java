package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.StreamFailures;
import java.io.IOException;
import java.security.MessageDigest;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** A Parquet output that hashes what passes, so that no file is read again for its sha256. */
final class DigestingOutput implements OutputFile {
  private final FileSystem fs;
  private final Path path;
  private final MessageDigest digest;

  DigestingOutput(FileSystem fs, Path path, MessageDigest digest) {
    this.fs = fs;
    this.path = path;
    this.digest = digest;
  }

  @Override
  public PositionOutputStream create(long blockSizeHint) throws IOException {
    return wrap(fs.create(path, false));
  }

  @Override
  public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
    return wrap(fs.create(path, true));
  }

  @Override
  public boolean supportsBlockSize() {
    return false;
  }

  @Override
  public long defaultBlockSize() {
    return 0;
  }

  @Override
  public String getPath() {
    return path.toString();
  }

  private PositionOutputStream wrap(FSDataOutputStream out) {
    return new PositionOutputStream() {
      @Override
      public long getPos() {
        return out.getPos();
      }

      @Override
      public void write(int b) throws IOException {
        digest.update((byte) b);
        StreamFailures.writing(() -> out.write(b));
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        digest.update(bytes, offset, length);
        StreamFailures.writing(() -> out.write(bytes, offset, length));
      }

      @Override
      public void flush() throws IOException {
        StreamFailures.writing(out::flush);
      }

      @Override
      public void close() throws IOException {
        StreamFailures.writing(out::close);
      }
    };
  }
}
