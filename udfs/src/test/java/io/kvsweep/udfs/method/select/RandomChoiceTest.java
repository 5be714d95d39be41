package io.kvsweep.udfs.method.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomChoiceTest {
  @Test
  void eachSeedHeadAndStepHasItsOwnScores() {
    Set<Double> first = new HashSet<>();
    for (long seed = -4; seed < 4; seed++) {
      for (int head = 0; head < 8; head++) {
        for (int step = 0; step < 8; step++) {
          double[] scores = new RandomChoice(seed).scores(null, head, step, 3);
          assertArrayEquals(scores, new RandomChoice(seed).scores(null, head, step, 3));
          first.add(scores[0]);
        }
      }
    }
    assertEquals(8 * 8 * 8, first.size());
  }
}
