package io.kvsweep.jobs.storage;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local disk under another scheme, on which opening some files is too much for whoever does it:
 * those of a prompt whose name begins with {@code poison} end the JVM, or their task where the JVM
 * is the test's. Those of {@code late} time out once.
 */
public final class PoisonFileSystem extends RawLocalFileSystem {
  public static final String SCHEME = "poison";

  /** Setting: whether the JVM ends, as by {@code kill -9}. */
  public static final String HALT = "fs.poison.halt";

  /** How often each such file was opened in this JVM, by its path. */
  public static final Map<String, AtomicInteger> OPENED = new ConcurrentHashMap<>();

  /** Settings that make it known, as options of {@code --conf} without {@code spark.hadoop.}. */
  public static Map<String, String> settings(boolean halt) {
    return Map.of(
        "fs." + SCHEME + ".impl", PoisonFileSystem.class.getName(), HALT, Boolean.toString(halt));
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    Configuration conf = getConf();
    if (file.toString().contains("__poison")) {
      if (conf.getBoolean(HALT, false)) {
        Runtime.getRuntime().halt(137);
      }
      OPENED.computeIfAbsent(file.toString(), name -> new AtomicInteger()).incrementAndGet();
      throw new Poison("too much for this task");
    }
    if (file.toString().contains("__late")
        && OPENED.computeIfAbsent(file.toString(), name -> new AtomicInteger()).getAndIncrement()
            == 0) {
      throw new SocketTimeoutException("Read timed out (once)");
    }
    return super.open(file, bufferSize);
  }

  /** Nobody catches it. */
  static final class Poison extends Error {
    private static final long serialVersionUID = 1L;

    Poison(String message) {
      super(message);
    }
  }
}
