package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.Steps;
import java.util.SplittableRandom;

/** Any chunks, others for each head and step: the control. */
record RandomChoice(long seed) implements ChunkChoice {
  @Override
  public double[] scores(Steps steps, int kvHead, int step, int count) {
    SplittableRandom heads = new SplittableRandom(seed + kvHead);
    return new SplittableRandom(heads.nextLong() + step).doubles(count).toArray();
  }
}
