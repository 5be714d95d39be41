package io.kvsweep.jobs.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.HadoopParquetConfiguration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Parquet files in memory. Results and tables are small; one read or write of the whole file is
 * cheaper on remote stores than Parquet's many seeks, and leaves no half-written file.
 */
public final class ParquetBytes {
  /**
   * Parquet's defaults, read-only. Shared, because Parquet turns any other kind into a new Hadoop
   * configuration per file, and that parses XML for 15 ms.
   */
  public static final ParquetConfiguration CONFIGURATION =
      new HadoopParquetConfiguration(new Configuration(false));

  private ParquetBytes() {}

  /** An output that keeps what is written. */
  public static final class Output implements OutputFile {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** All bytes written so far. */
    public byte[] toByteArray() {
      return bytes.toByteArray();
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new PositionOutputStream() {
        @Override
        public long getPos() {
          return bytes.size();
        }

        @Override
        public void write(int b) {
          bytes.write(b);
        }

        @Override
        public void write(byte[] b, int off, int len) {
          bytes.write(b, off, len);
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      bytes.reset();
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  /**
   * An input over bytes.
   *
   * @param name for messages
   */
  public static InputFile input(byte[] bytes, String name) {
    return new InputFile() {
      @Override
      public long getLength() {
        return bytes.length;
      }

      @Override
      public SeekableInputStream newStream() {
        Seekable in = new Seekable(bytes);
        return new DelegatingSeekableInputStream(in) {
          @Override
          public long getPos() {
            return in.position();
          }

          @Override
          public void seek(long position) throws IOException {
            in.seek(position);
          }
        };
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }

  private static final class Seekable extends ByteArrayInputStream {
    Seekable(byte[] bytes) {
      super(bytes);
    }

    int position() {
      return pos;
    }

    void seek(long position) throws IOException {
      if (position < 0 || position > count) {
        throw new IOException("position " + position + " is outside " + count + " bytes");
      }
      pos = (int) position;
    }
  }
}
