package io.kvsweep.udfs.method.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.testkit.Seeds;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seeds.class)
class BudgetTest {
  @ParameterizedTest
  @CsvSource({
    "2048, 65536, 2048",
    "2048, 2048, 2048",
    "2048, 100, 100",
    "1/32, 65536, 2048",
    "1/32, 2048, 64",
    "1/32, 31, 1",
    "1/32, 1, 1",
    "0.2, 1000, 200",
    "0.2, 2048, 409", // the whole part of 409.6
    "1/3, 9, 3", // exact: 9 * 0.333... would be 2
    "0.999999999, 2147483647, 2147483644",
    "99999999/100000000, 2147483647, 2147483625"
  })
  void tokensOfAPrompt(String budget, int prompt, int tokens) {
    assertEquals(tokens, Budget.parse(budget).tokens(prompt));
  }

  @ParameterizedTest
  @CsvSource({
    "2048, 2048",
    "01, 1",
    "1/32, 1/32",
    "01/032, 1/32",
    "2/64, 2/64",
    "0.20, 0.2",
    ".5, 0.5"
  })
  void canonicalForm(String given, String canonical) {
    assertEquals(
        "random(budget=" + canonical + ",sinks=0,recent=0) | none(dtype=captured)",
        Methods.STANDARD.expand("random(budget=" + given + ") | none").get(0).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "0/2",
        "1/0",
        "2/1",
        "32/32",
        "0.0",
        "1.0",
        "1.5",
        "-1",
        "1e3",
        "half",
        "1/2/3",
        "10000000000",
        "none(dtype=f16)"
      })
  void anotherBudgetIsRefused(String budget) {
    InvalidSpecException e =
        assertThrows(
            InvalidSpecException.class,
            () -> Methods.STANDARD.expand("knorm(budget=" + budget + ") | none"));
    assertEquals(
        "invalid method 'knorm(budget=%s) | none', column 7: invalid budget=%s: expected tokens from 1, or a fraction of the prompt like 1/32 or 0.2"
            .formatted(budget, budget),
        e.getMessage());
  }

  @Test
  void aMissingBudgetIsAskedFor() {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> Methods.STANDARD.expand("random | none"));
    assertEquals(
        "invalid method 'random | none', column 1: random: needs budget=2048 (tokens) or budget=1/32 (of the prompt)",
        e.getMessage());
  }

  @Test
  void theHighestAreThoseOfAStableSort(Random random) {
    for (int i = 0; i < 500; i++) {
      double[] scores =
          random.doubles(1 + random.nextInt(30)).map(x -> Math.floor(5 * x)).toArray();
      if (random.nextBoolean()) {
        scores[random.nextInt(scores.length)] = Double.POSITIVE_INFINITY;
      }
      int count = random.nextInt(scores.length + 3);
      int[] expected =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer j) -> -scores[j]))
              .limit(count)
              .mapToInt(j -> j)
              .sorted()
              .toArray();
      assertArrayEquals(expected, Highest.of(scores, count), () -> Arrays.toString(scores));
    }
  }
}
