package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.Steps;

/** Scores of chunks at a step. */
interface ChunkChoice {
  /**
   * Scores the first {@code count} chunks of a head that have a landmark.
   *
   * @return one score per chunk, higher is sooner read
   */
  double[] scores(Steps steps, int kvHead, int step, int count);
}
