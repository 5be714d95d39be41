package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Retries;
import io.kvsweep.datasets.StoreUnavailableException;
import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Seekable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store that does not answer is not a damaged file. */
class StoreUnavailableTest extends DatasetTestBase {
  /** Reads of tensors that are still to time out. */
  private static final AtomicInteger FAILURES = new AtomicInteger();

  /** Waits that end at once, two of them. */
  private static final Retries AT_ONCE = new Retries(0, 0);

  private final MemorySource source =
      Fixtures.source("m", "p", 1, new TensorShape(64, 2, 16), DType.F16, 0, 1);

  /** The local disk as a remote store, whose reads time out. */
  static final class SlowFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("slow:///");
    }

    @Override
    public String getScheme() {
      return "slow";
    }

    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
      FSDataInputStream in = super.open(file, bufferSize);
      return file.getName().endsWith(".parquet") ? new FSDataInputStream(new Slow(in)) : in;
    }
  }

  private static final class Slow extends FilterInputStream
      implements Seekable, PositionedReadable {
    private final FSDataInputStream file;

    Slow(FSDataInputStream file) {
      super(file);
      this.file = file;
    }

    private static void time() throws IOException {
      if (FAILURES.getAndDecrement() > 0) {
        throw new SocketTimeoutException("Read timed out");
      }
    }

    @Override
    public int read() throws IOException {
      time();
      return file.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      time();
      return file.read(bytes, offset, length);
    }

    @Override
    public int read(long position, byte[] bytes, int offset, int length) throws IOException {
      time();
      return file.read(position, bytes, offset, length);
    }

    @Override
    public void readFully(long position, byte[] bytes, int offset, int length) throws IOException {
      time();
      file.readFully(position, bytes, offset, length);
    }

    @Override
    public void readFully(long position, byte[] bytes) throws IOException {
      readFully(position, bytes, 0, bytes.length);
    }

    @Override
    public void seek(long position) throws IOException {
      file.seek(position);
    }

    @Override
    public long getPos() throws IOException {
      return file.getPos();
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }
  }

  @BeforeEach
  void importOne() throws Exception {
    importAll(Fixtures.capture(folder, source));
    FAILURES.set(0);
  }

  private TensorReader slow(Retries retries) {
    Configuration conf = new Configuration(false);
    conf.setClass("fs.slow.impl", SlowFileSystem.class, RawLocalFileSystem.class);
    return new TensorReader(Dataset.open(new Path("slow://" + root()), conf), retries);
  }

  private KvTensor keys(TensorReader reader) {
    return reader.read(key(source), 0, TensorKind.KEY);
  }

  @Test
  void aReadThatTimesOutIsTriedAgain() {
    for (int failures = 1; failures <= 2; failures++) {
      FAILURES.set(failures);
      Fixtures.assertSame(tensors(source).get(0), keys(slow(AT_ONCE)));
    }
  }

  /** Wherever in a read it happens: the first time footers are read, then kept. */
  @Test
  void aStoreThatDoesNotAnswerIsNotCalledDamage() {
    TensorReader reader = slow(AT_ONCE);
    for (int i = 0; i < 2; i++) {
      FAILURES.set(Integer.MAX_VALUE);
      String message =
          assertThrows(StoreUnavailableException.class, () -> keys(reader)).getMessage();
      assertTrue(message.startsWith("slow:" + root() + "/tensors/"), message);
      assertTrue(
          message.endsWith(
              ".parquet: the store did not give what was to be read: Read timed out; the file may"
                  + " be whole: try again when the store answers, a sweep with --retry-failed"),
          message);
      assertEquals(3, Integer.MAX_VALUE - FAILURES.get(), "tries");
      FAILURES.set(0);
      Fixtures.assertSame(tensors(source).get(0), keys(reader));
    }
  }

  @Test
  void damageIsNotTriedAgain() throws Exception {
    byte[] bytes = Files.readAllBytes(onlyParquet());
    Files.write(onlyParquet(), Arrays.copyOf(bytes, 500));
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> keys(slow(new Retries(1_000_000))));
    assertFalse(e instanceof StoreUnavailableException, e::toString);
    assertTrue(e.getMessage().endsWith("it is truncated or damaged: import or copy it again"));
  }

  @Test
  void anInterruptEndsTheWait() {
    FAILURES.set(Integer.MAX_VALUE);
    Thread.currentThread().interrupt();
    assertThrows(StoreUnavailableException.class, () -> keys(slow(new Retries(1_000_000))));
    assertTrue(Thread.interrupted(), "whoever killed the task finds it killed");
  }
}
