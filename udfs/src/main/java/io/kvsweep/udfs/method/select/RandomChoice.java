package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.Steps;
import java.util.SplittableRandom;

/** Any chunks, others for each head and step: the control. */
record RandomChoice(long seed) implements ChunkChoice {
  @Override
  public double[] scores(Steps steps, int kvHead, int step, int count) {
    // Each number is hashed before the next is added: sums alone would meet, as of seed 1 and head
    // 1
    // with seed 2 and head 0.
    long head = new SplittableRandom(new SplittableRandom(seed).nextLong() + kvHead).nextLong();
    return new SplittableRandom(head + step).doubles(count).toArray();
  }
}
