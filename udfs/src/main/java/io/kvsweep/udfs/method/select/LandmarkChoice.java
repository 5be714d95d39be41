package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.Steps;

/**
 * The attention that landmarks would get: softmax over chunks of q.landmark * scale for each query
 * head, the largest over the query heads of the KV head; in double.
 *
 * @param landmarks as decoded, {@code [heads, chunks, headDim]}
 */
record LandmarkChoice(float[][] landmarks, int headDim) implements ChunkChoice {
  @Override
  public double[] scores(Steps steps, int kvHead, int step, int count) {
    Queries queries = steps.queries();
    int group = queries.shape().heads() / landmarks.length;
    double[] best = new double[count];
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      int query = (step * queries.shape().heads() + head) * headDim;
      double[] logits = new double[count];
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < count; c++) {
        double dot = 0;
        for (int i = 0; i < headDim; i++) {
          dot += (double) queries.data()[query + i] * landmarks[kvHead][c * headDim + i];
        }
        logits[c] = dot * queries.scale();
        max = Math.max(max, logits[c]);
      }
      double sum = 0;
      for (int c = 0; c < count; c++) {
        logits[c] = Math.exp(logits[c] - max);
        sum += logits[c];
      }
      for (int c = 0; c < count; c++) {
        best[c] = Math.max(best[c], logits[c] / sum);
      }
    }
    return best;
  }
}
