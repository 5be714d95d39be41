package io.kvsweep.datasets.testkit;

import com.sun.management.ThreadMXBean;
import io.kvsweep.datasets.InvalidInputException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;

/**
 * Runs cases of damaged bytes, each with a generator of its own: {@code -Dkvsweep.seed=S
 * -Dkvsweep.case=N} repeats one. A case ends well or with an {@link InvalidInputException} that
 * names the file; anything else fails the test.
 */
public final class FuzzCases {
  /** Long counts are asked for. */
  public static final boolean FULL = Boolean.getBoolean("kvsweep.full");

  private static final long SEED = Long.getLong("kvsweep.seed", 20250401L);
  private static final int ONLY = Integer.getInteger("kvsweep.case", -1);

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Map<String, Integer> hits = new TreeMap<>();
  private final Map<String, Integer> refusals = new TreeMap<>();
  private int accepted;
  private int refused;
  private long mostAllocated;

  /** One case. */
  public interface Case {
    /** Damages; returns what to do with the damaged file. */
    Reading prepare(SplittableRandom random) throws Exception;
  }

  /** What reads the damaged file. */
  public interface Reading {
    void run() throws Exception;
  }

  /** Counts a part of the file that a case damages. */
  public void hit(String region) {
    hits.merge(region, 1, Integer::sum);
  }

  /** How often each part was damaged. */
  public Map<String, Integer> hits() {
    return hits;
  }

  /** Whether all cases ran, and not one that is repeated. */
  public boolean complete() {
    return ONLY < 0;
  }

  /** Cases that ended with a refusal. */
  public int refused() {
    return refused;
  }

  /** Cases that were read. */
  public int accepted() {
    return accepted;
  }

  /**
   * Runs all cases.
   *
   * @param bound bytes that a reading may allocate
   */
  public void run(String what, int count, Path place, long bound, Case body) {
    long start = System.nanoTime();
    int first = ONLY < 0 ? 0 : ONLY;
    int end = ONLY < 0 ? count : ONLY + 1;
    for (int number = first; number < end; number++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * number);
      try {
        read(body.prepare(random), place, bound);
      } catch (Throwable e) { // whatever it is, it must be said which case it was
        throw new AssertionError(
            "%s, case %d: %s; repeat it with -Dkvsweep.seed=%d -Dkvsweep.case=%d"
                .formatted(what, number, e, SEED, number),
            e);
      }
    }
    System.out.printf(
        "%,d %s, seed %d: %,d refused, %,d read; at most %,d bytes allocated of %,d; %.1f s%n",
        end - first,
        what,
        SEED,
        refused,
        accepted,
        mostAllocated,
        bound,
        (System.nanoTime() - start) / 1e9);
    if (FULL) {
      System.out.println("hit: " + hits);
      refusals.forEach((message, n) -> System.out.printf("%,9d %s%n", n, message));
    }
  }

  private void read(Reading reading, Path place, long bound) throws Exception {
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      reading.run();
      accepted++;
    } catch (InvalidInputException e) {
      refused++;
      String message = e.getMessage();
      refusals.merge(kind(message.replace(place.toString(), "FILE")), 1, Integer::sum);
      Assertions.assertTrue(message.contains(place.toString()), message);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    mostAllocated = Math.max(mostAllocated, allocated);
    Assertions.assertTrue(allocated <= bound, allocated + " bytes allocated");
  }

  /** A message without what differs from case to case. */
  private static String kind(String message) {
    String plain =
        message
            .replaceAll("(?s)malformed JSON at.*", "malformed JSON")
            .replaceAll("(?s)(Parquet: \\S+).*", "$1")
            .replaceAll("'[^']*'", "'..'")
            .replaceAll("\\[[^\\]]*\\]", "[..]")
            .replaceAll("-?\\d+", "N");
    return plain.length() < 110 ? plain : plain.substring(0, 110);
  }
}
