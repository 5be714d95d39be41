package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.TensorShape;

/**
 * Captured queries of one layer as attention uses them: rotated where the model rotates.
 *
 * @param shape {@code [queries, query heads, headDim]}
 * @param firstPosition position of the first query; query {@code i} sees keys up to {@code
 *     firstPosition + i}
 * @param scale factor on q.k
 * @param data row-major; shared, not to be changed
 */
public record Queries(TensorShape shape, int firstPosition, double scale, float[] data) {
  /** Queries of one head times the attention scale, {@code [queries, headDim]}. */
  public double[] scaled(int head) {
    double[] out = new double[shape.tokens() * shape.headDim()];
    for (int q = 0; q < shape.tokens(); q++) {
      int from = (q * shape.heads() + head) * shape.headDim();
      for (int i = 0; i < shape.headDim(); i++) {
        out[q * shape.headDim() + i] = data[from + i] * scale;
      }
    }
    return out;
  }
}
