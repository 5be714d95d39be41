package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.udfs.testkit.Seeds;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seeds.class)
class OrderStatisticsTest {
  @Test
  void smallestAreThoseThatSortingPutsFirst(Random random) {
    for (int round = 0; round < 500; round++) {
      int capacity = 1 + random.nextInt(20);
      double[] all = random.doubles(random.nextInt(60)).map(x -> Math.rint(x * 30)).toArray();
      Smallest smallest = new Smallest(capacity);
      Arrays.stream(all).forEach(smallest::add);
      double[] sorted = Arrays.stream(all).sorted().limit(capacity).toArray();
      assertArrayEquals(sorted, smallest.sorted());
    }
  }

  @Test
  void quantilesInterpolateBetweenSortedNumbers(Random random) {
    double[] values = {7, 1, 3, 5};
    assertEquals(1, Quantile.of(values, 0));
    assertEquals(7, Quantile.of(values, 1));
    assertEquals(4, Quantile.of(values, 0.5));
    assertEquals(1.6, Quantile.of(values, 0.1), 1e-15);
    assertEquals(9, Quantile.of(new double[] {9}, 0.999));
    for (int n = 1; n < 400; n++) {
      double[] all = random.doubles(n).toArray();
      Smallest smallest = new Smallest((int) Math.min(n, (long) (0.01 * n) + 2));
      Arrays.stream(all).forEach(smallest::add);
      assertEquals(Quantile.of(all, 0.01), Quantile.ofSmallest(smallest.sorted(), n, 0.01));
    }
  }

  @Test
  void topTokensAreThoseThatSortingPutsFirst(Random random) {
    for (int round = 0; round < 500; round++) {
      int n = 1 + random.nextInt(50);
      double[] a = random.doubles(n).map(x -> Math.rint(x * 20)).toArray(); // with ties
      double[] b = random.doubles(n).map(x -> Math.rint(x * 20)).toArray();
      TopTokens topA = new TopTokens(16);
      TopTokens topB = new TopTokens(16);
      for (int j = 0; j < n; j++) {
        topA.add(a[j], 100 + j);
        topB.add(b[j], 100 + j);
      }
      List<Integer> sortedA = sorted(a);
      List<Integer> sortedB = sorted(b);
      double expected =
          sortedA.stream().filter(sortedB::contains).count() / (double) sortedA.size();
      assertEquals(expected, topA.recalledBy(topB));
      assertEquals(1, topA.recalledBy(topA));
    }
  }

  /** Largest first, of equal ones the earlier: a stable sort. */
  private static List<Integer> sorted(double[] logits) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer j) -> -logits[j]))
        .limit(16)
        .toList();
  }
}
