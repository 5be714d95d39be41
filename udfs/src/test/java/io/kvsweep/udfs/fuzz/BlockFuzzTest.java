package io.kvsweep.udfs.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.Blocks;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.testkit.Seeds;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Damaged blocks of every codec. Under the checksum of the sound block all damage is told as {@link
 * MalformedBlockException}; under a checksum of its own it is told so, or decodes to finite numbers
 * of the right shape. Nothing else is thrown, and no more is allocated than for a sound block.
 * {@code -Dkvsweep.seed=S -Dkvsweep.case=N} repeats one case.
 */
@ExtendWith(Seeds.class)
class BlockFuzzTest {
  private static final boolean FULL = Boolean.getBoolean("kvsweep.full");
  private static final int CASES = FULL ? 84_000 : 4_200;
  private static final int ONLY = Integer.getInteger("kvsweep.case", -1);
  private static final long SEED = Seeds.random().nextLong();

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<FuzzTarget> targets = FuzzTargets.all(Seeds.random());
  private final Map<Region, Integer> hits = new EnumMap<>(Region.class);
  private final Map<Region, Integer> passed = new EnumMap<>(Region.class);
  private final Map<String, Integer> refusals = new TreeMap<>();
  private int unchanged;
  private int refused;
  private int decodedTheSame;
  private int decodedToOthers;
  private long mostAllocated;
  private double mostOfBound;

  @Test
  void damageIsToldOrDecodesToFiniteNumbers() {
    targets.forEach(FuzzTarget::sound); // tables that codecs load once are not of a case
    long start = System.nanoTime();
    int first = ONLY < 0 ? 0 : ONLY;
    int end = ONLY < 0 ? CASES : ONLY + 1;
    for (int number = first; number < end; number++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * number);
      FuzzTarget target = targets.get(random.nextInt(targets.size()));
      BlockDamage damage = BlockDamage.any(random);
      // With the checksum right again the damage gets to what is behind it.
      boolean resealed = random.nextInt(4) > 0;
      try {
        runCase(target, damage, resealed, random);
      } catch (Throwable e) { // whatever it is, it must be said which case it was
        throw new AssertionError(
            "case %d, %s%s of %s: %s; repeat it with the seed below and -Dkvsweep.case=%d"
                .formatted(number, damage, resealed ? " resealed" : "", target, e, number),
            e);
      }
    }
    report(end - first, (System.nanoTime() - start) / 1e9);
    if (ONLY < 0) {
      assertEquals(Set.of(Region.values()), hits.keySet(), "every field and section is hit");
      // The damage that only the checksum notices, in each section that has bytes to be wrong.
      for (Region section : List.of(Region.CODES, Region.PARAMETERS, Region.BASIS, Region.EXACT)) {
        assertTrue(
            passed.getOrDefault(section, 0) > 0, () -> "no damage to " + section + " passed");
      }
    }
  }

  private void runCase(
      FuzzTarget target, BlockDamage damage, boolean resealed, SplittableRandom random) {
    byte[] other = targets.get(random.nextInt(targets.size())).block();
    byte[] damaged = damage.apply(target.block(), other, random);
    Set<Region> hit = BlockDamage.hit(target.block(), damaged);
    if (hit.isEmpty()) {
      unchanged++;
      assertArrayEquals(target.sound(), target.decoder().decode(damaged, target.shape()));
      return;
    }
    hit.forEach(region -> hits.merge(region, 1, Integer::sum));
    if (resealed && damaged.length >= 48) {
      Blocks.reseal(damaged);
      // The checksum alone was wrong, and is right again.
      resealed = !Arrays.equals(damaged, target.block());
    }
    TensorShape expected = random.nextBoolean() ? target.shape() : claimed(target, damaged);
    float[] sound = target.sound();
    float[] out;
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      out = target.decoder().decode(damaged, expected);
    } catch (MalformedBlockException e) {
      account(before, damaged.length, target.shape());
      refused++;
      refusals.merge(kind(e.getMessage()), 1, Integer::sum);
      assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, e.getMessage());
      return;
    }
    account(before, damaged.length, expected);
    if (expected.equals(target.shape())) {
      assertEquals(sound.length, out.length);
    } else {
      assertEquals(expected.values(), out.length);
    }
    for (int i = 0; i < out.length; i++) {
      assertTrue(Float.isFinite(out[i]), "value " + i + " is " + out[i]);
    }
    assertTrue(
        resealed || Arrays.equals(damaged, target.block()),
        "decodes under the checksum of the sound block");
    if (Arrays.equals(sound, out)) {
      decodedTheSame++;
    } else {
      decodedToOthers++;
      hit.forEach(region -> passed.merge(region, 1, Integer::sum));
    }
  }

  /** The shape in the header, for a reader that knows no better, if it is one. */
  private static TensorShape claimed(FuzzTarget target, byte[] damaged) {
    if (!target.anyShape() || damaged.length < 48) {
      return target.shape();
    }
    try {
      return new TensorShape(
          LittleEndian.getInt(damaged, 16),
          LittleEndian.getInt(damaged, 20),
          LittleEndian.getInt(damaged, 24));
    } catch (IllegalArgumentException e) {
      return target.shape();
    }
  }

  /**
   * A refusal takes an exception, its trace and a formatted message, the first of a kind its
   * classes too: up to 150 KB measured. A decoded value takes at most sixteen numbers of four
   * bytes: itself, its code, its latent and its transformed value, some of them as double, each for
   * keys and values of two layers. A byte of the block becomes at most a double per binary16
   * number, twice.
   */
  private void account(long before, int blockBytes, TensorShape shape) {
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    long bound = 256 * 1024 + 8L * blockBytes + 16L * 4 * shape.values();
    mostAllocated = Math.max(mostAllocated, allocated);
    mostOfBound = Math.max(mostOfBound, (double) allocated / bound);
    assertTrue(
        allocated <= bound,
        () -> "%d bytes allocated, at most %d expected".formatted(allocated, bound));
  }

  /** A message without what differs from case to case. */
  private static String kind(String message) {
    return message
        .replaceFirst("malformed block at byte \\d+: ", "")
        .replaceAll("'[^']*'", "'..'")
        .replaceAll("checksum [0-9a-f]+, bytes give [0-9a-f]+", "checksum N, bytes give N")
        .replaceAll("-?\\d+", "N");
  }

  private void report(int cases, double seconds) {
    System.out.printf(
        "%,d damaged blocks of %d, seed %s: %,d refused, %,d decode to another tensor (none under"
            + " the checksum of the sound block), %,d to the same, %,d not changed; at most %,d"
            + " bytes allocated, %.2f of the bound; %.1f s%n",
        cases,
        targets.size(),
        System.getProperty("kvsweep.seed", "as always"),
        refused,
        decodedToOthers,
        decodedTheSame,
        unchanged,
        mostAllocated,
        mostOfBound,
        seconds);
    if (FULL) {
      System.out.println("hit: " + hits + "\npassed without the checksum: " + passed);
      refusals.forEach((message, count) -> System.out.printf("%,9d %s%n", count, message));
    }
  }
}
