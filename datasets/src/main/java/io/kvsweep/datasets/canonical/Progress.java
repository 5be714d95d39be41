package io.kvsweep.datasets.canonical;

import java.util.Locale;
import java.util.function.Consumer;

/** A line every two seconds while bytes flow. */
final class Progress {
  private static final long INTERVAL_NANOS = 2_000_000_000L;

  private final Consumer<String> out;
  private final String verb;
  private final long total;
  private long done;
  private long last = System.nanoTime();

  Progress(Consumer<String> out, String verb, long total) {
    this.out = out;
    this.verb = verb;
    this.total = total;
  }

  void advance(long bytes, String what) {
    done += bytes;
    long now = System.nanoTime();
    if (now - last >= INTERVAL_NANOS) {
      last = now;
      say(
          String.format(
              Locale.ROOT, "%s %.1f of %.1f MB: %s", verb, done / 1e6, total / 1e6, what));
    }
  }

  void say(String line) {
    out.accept(line);
  }
}
