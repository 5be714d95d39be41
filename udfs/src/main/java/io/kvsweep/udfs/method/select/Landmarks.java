package io.kvsweep.udfs.method.select;

import io.kvsweep.datasets.tensor.TensorShape;

/** Mean keys of the chunks of each head, and how well they stand for their keys. */
final class Landmarks {
  private final TensorShape shape;
  private final int chunkSize;
  private final float[] keys;

  /**
   * @param keys rotated, {@code [tokens, heads, headDim]}
   */
  Landmarks(float[] keys, TensorShape shape, int chunkSize) {
    this.keys = keys;
    this.shape = shape;
    this.chunkSize = chunkSize;
  }

  private int at(int head, int token) {
    return (token * shape.heads() + head) * shape.headDim();
  }

  /** Mean key of a chunk. */
  double[] mean(int head, int chunk) {
    double[] mean = new double[shape.headDim()];
    for (int t = chunk * chunkSize; t < (chunk + 1) * chunkSize; t++) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += keys[at(head, t) + i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= chunkSize;
    }
    return mean;
  }

  /**
   * Chunks of a head whose mean has the lowest smallest cosine with one of its keys, ascending; of
   * equal ones the earlier. A zero vector is orthogonal to all but zero vectors.
   */
  int[] outliers(int head, int chunks, int count) {
    double[] scores = new double[chunks];
    for (int chunk = 0; chunk < chunks; chunk++) {
      double[] mean = mean(head, chunk);
      double lowest = 1;
      for (int t = chunk * chunkSize; t < (chunk + 1) * chunkSize; t++) {
        lowest = Math.min(lowest, cosine(mean, at(head, t)));
      }
      scores[chunk] = -lowest;
    }
    return Highest.of(scores, count);
  }

  private double cosine(double[] mean, int at) {
    double dot = 0;
    double norm = 0;
    double other = 0;
    for (int i = 0; i < mean.length; i++) {
      double x = keys[at + i];
      dot += mean[i] * x;
      norm += mean[i] * mean[i];
      other += x * x;
    }
    if (norm == 0 || other == 0) {
      return norm == other ? 1 : 0;
    }
    return dot / Math.sqrt(norm * other);
  }
}
