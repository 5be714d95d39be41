package io.kvsweep.udfs.metrics;

import io.kvsweep.udfs.codec.TokenSelection.Touched;
import io.kvsweep.udfs.linalg.MatrixProduct;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/** Attention of one query head on a reconstruction, compared with the exact one, online. */
final class ReconstructedHead {
  private final ExactHead exact;
  private final int kvHead;
  private final int headDim;
  private final Optional<Touched> touched;
  private final OnlineSoftmax softmax;
  private final OnlineSoftmax exactOnRead; // exact logits over the tokens read
  private final double[] output;
  private final TopTokens[] top;
  private final double[] weightedDifference;
  private final double[] differenceSum;
  private final double[] differenceSquares;
  private final long[] read;
  private boolean exactKeys;

  ReconstructedHead(ExactHead exact, int kvHead, int headDim, Optional<Touched> touched) {
    int rows = exact.rows();
    this.exact = exact;
    this.kvHead = kvHead;
    this.headDim = headDim;
    this.touched = touched;
    this.softmax = new OnlineSoftmax(rows);
    this.exactOnRead = touched.isPresent() ? new OnlineSoftmax(rows) : exact.softmax;
    this.output = new double[rows * headDim];
    this.top = new TopTokens[rows];
    Arrays.setAll(top, q -> new TopTokens(ExactHead.TOP));
    this.weightedDifference = new double[rows];
    this.differenceSum = new double[rows];
    this.differenceSquares = new double[rows];
    this.read = new long[rows];
  }

  /**
   * Adds a tile of which the exact head has left logits and weights.
   *
   * @param keysHat {@code [headDim, n]}; null where keys are exact
   * @param valuesHat {@code [n, headDim]}
   */
  void add(AttentionTile tile, double[] keysHat, double[] valuesHat) {
    if (touched.isPresent()) {
      double[] logits = logits(tile, keysHat);
      for (int q = 0; q < exact.rows(); q++) {
        addRead(q, tile, logits, valuesHat);
      }
    } else if (keysHat == null) {
      addWithExactKeys(tile, valuesHat);
    } else {
      double[] logits = logits(tile, keysHat);
      Arrays.fill(tile.weightsHat, 0);
      for (int q = 0; q < exact.rows(); q++) {
        addAll(q, tile, logits, tile.weightsHat);
      }
      MatrixProduct.add(tile.weightsHat, valuesHat, output, exact.rows(), tile.n, headDim);
    }
  }

  private double[] logits(AttentionTile tile, double[] keysHat) {
    if (keysHat == null) {
      return tile.logits;
    }
    exact.logits(keysHat, tile.n, tile.logitsHat);
    return tile.logitsHat;
  }

  /** The probabilities are the exact ones; nothing but the output can differ. */
  private void addWithExactKeys(AttentionTile tile, double[] valuesHat) {
    exactKeys = true;
    for (int q = 0; q < exact.rows(); q++) {
      ExactHead.scale(output, q * headDim, headDim, exact.softmax.rescale(q));
      read[q] += tile.visible[q];
    }
    MatrixProduct.add(tile.weights, valuesHat, output, exact.rows(), tile.n, headDim);
  }

  private void addAll(int q, AttentionTile tile, double[] logits, double[] weights) {
    int row = q * tile.n;
    int n = tile.visible[q];
    softmax.add(q, logits, row, n, weights);
    ExactHead.scale(output, q * headDim, headDim, softmax.rescale(q));
    compare(q, tile.logits, tile.weights, logits, row, n);
    for (int j = 0; j < n; j++) {
      top[q].add(logits[row + j], tile.firstToken + j);
    }
  }

  /** The same for the tokens that the step reads, gathered to the front. */
  private void addRead(int q, AttentionTile tile, double[] logits, double[] valuesHat) {
    BitSet tokens = touched.orElseThrow().tokens(kvHead, q);
    int[] at = new int[tile.visible[q]];
    int n = 0;
    for (int j = 0; j < tile.visible[q]; j++) {
      if (tokens.get(tile.firstToken + j)) {
        at[n++] = j;
      }
    }
    double[] exactLogits = new double[n];
    double[] readLogits = new double[n];
    for (int j = 0; j < n; j++) {
      exactLogits[j] = tile.logits[q * tile.n + at[j]];
      readLogits[j] = logits[q * tile.n + at[j]];
      top[q].add(readLogits[j], tile.firstToken + at[j]);
    }
    double[] exactWeights = new double[n];
    double[] weights = new double[n];
    exactOnRead.add(q, exactLogits, 0, n, exactWeights);
    softmax.add(q, readLogits, 0, n, weights);
    ExactHead.scale(output, q * headDim, headDim, softmax.rescale(q));
    compare(q, exactLogits, exactWeights, readLogits, 0, n);
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < headDim; i++) {
        output[q * headDim + i] += weights[j] * valuesHat[at[j] * headDim + i];
      }
    }
  }

  private void compare(
      int q, double[] logits, double[] weights, double[] logitsHat, int from, int n) {
    double weighted = 0;
    double sum = 0;
    double squares = 0;
    for (int j = from; j < from + n; j++) {
      double difference = logits[j] - logitsHat[j];
      weighted += weights[j] * difference;
      sum += difference;
      squares += difference * difference;
    }
    weightedDifference[q] = weightedDifference[q] * exactOnRead.rescale(q) + weighted;
    differenceSum[q] += sum;
    differenceSquares[q] += squares;
    read[q] += n;
  }

  /**
   * Adds the finished rows to sums.
   *
   * @throws NothingReadException if a query read no token
   */
  void addTo(AttentionSums sums) {
    for (int q = 0; q < exact.rows(); q++) {
      if (read[q] == 0) {
        throw new NothingReadException(q, kvHead);
      }
      double mean = differenceSum[q] / read[q];
      sums.add(
          Math.max(0, differenceSquares[q] / read[q] - mean * mean),
          exactKeys ? 0 : divergence(q),
          exactKeys ? 1 : exact.top[q].recalledBy(top[q]),
          Math.exp(exactOnRead.logSumExp(q) - exact.softmax.logSumExp(q)),
          outputError(q),
          exact.energy(q));
    }
  }

  /** No divergence is negative; where nothing but rounding is left of three terms, it is 0. */
  private double divergence(int q) {
    return Math.max(
        0,
        weightedDifference[q] / exactOnRead.sum(q)
            - exactOnRead.logSumExp(q)
            + softmax.logSumExp(q));
  }

  private double outputError(int q) {
    double sum = exactKeys ? exact.softmax.sum(q) : softmax.sum(q);
    double error = 0;
    for (int i = q * headDim; i < (q + 1) * headDim; i++) {
      double d = exact.output[i] / exact.softmax.sum(q) - output[i] / sum;
      error += d * d;
    }
    return error;
  }
}
