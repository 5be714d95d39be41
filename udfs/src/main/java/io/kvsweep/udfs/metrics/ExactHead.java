package io.kvsweep.udfs.metrics;

import io.kvsweep.udfs.linalg.MatrixProduct;
import java.util.Arrays;

/** Exact attention of all captured queries of one query head, online. */
final class ExactHead {
  static final int TOP = 16;

  private final int headDim;
  private final double[] queries; // [queries, headDim], scaled
  final OnlineSoftmax softmax;
  final double[] output; // [queries, headDim], not yet divided by the softmax sum
  final TopTokens[] top;

  ExactHead(double[] queries, int headDim) {
    int rows = queries.length / headDim;
    this.headDim = headDim;
    this.queries = queries;
    this.softmax = new OnlineSoftmax(rows);
    this.output = new double[queries.length];
    this.top = new TopTokens[rows];
    Arrays.setAll(top, q -> new TopTokens(TOP));
  }

  int rows() {
    return top.length;
  }

  /** Logits {@code [queries, n]} against keys {@code [headDim, n]}. */
  void logits(double[] keys, int n, double[] out) {
    Arrays.fill(out, 0);
    MatrixProduct.add(queries, keys, out, rows(), headDim, n);
  }

  /** Adds a tile and leaves its logits and weights there. */
  void add(AttentionTile tile) {
    logits(tile.keys, tile.n, tile.logits);
    Arrays.fill(tile.weights, 0);
    for (int q = 0; q < rows(); q++) {
      int row = q * tile.n;
      softmax.add(q, tile.logits, row, tile.visible[q], tile.weights);
      scale(output, q * headDim, headDim, softmax.rescale(q));
      for (int j = 0; j < tile.visible[q]; j++) {
        top[q].add(tile.logits[row + j], tile.firstToken + j);
      }
    }
    MatrixProduct.add(tile.weights, tile.values, output, rows(), tile.n, headDim);
  }

  static void scale(double[] x, int from, int n, double factor) {
    if (factor != 1) {
      for (int i = from; i < from + n; i++) {
        x[i] *= factor;
      }
    }
  }

  /** Squared norm of the attention output of a query. */
  double energy(int q) {
    double energy = 0;
    for (int i = q * headDim; i < (q + 1) * headDim; i++) {
      double x = output[i] / softmax.sum(q);
      energy += x * x;
    }
    return energy;
  }
}
