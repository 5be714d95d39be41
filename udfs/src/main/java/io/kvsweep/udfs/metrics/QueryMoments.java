package io.kvsweep.udfs.metrics;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.udfs.codec.Queries;

/**
 * Second moments of queries: per KV head {@code M = mean s^2 q q^T} over the queries of its query
 * heads, s the attention scale. They are all that the mean square of logit errors needs: with
 * {@code S} the covariance over tokens of the errors of that head's keys, {@code tr(M S)} is the
 * mean over queries of the variance over tokens of {@code s q.(k^ - k)}. Exact where every query
 * sees every token; under a causal mask a query sees fewer, which the moments do not know.
 *
 * @param headDim channels of a head
 * @param heads per KV head, symmetric positive semidefinite, row-major {@code [headDim, headDim]}
 * @param rounding by how much the format that an entry was stored in may have moved it, at most;
 *     shape as {@code heads}
 */
public record QueryMoments(int headDim, double[][] heads, double[][] rounding) {
  private static final double HALF_UNIT = 0x1p-24; // of a float32, relative

  /** Of captured queries, each with the same weight. */
  public static QueryMoments of(Queries queries, int kvHeads) {
    int headDim = queries.shape().headDim();
    int group = queries.shape().heads() / kvHeads;
    double rows = (double) group * queries.shape().tokens();
    double[][] heads = new double[kvHeads][headDim * headDim];
    for (int head = 0; head < queries.shape().heads(); head++) {
      double[] scaled = queries.scaled(head);
      double[] moment = heads[head / group];
      for (int from = 0; from < scaled.length; from += headDim) {
        for (int i = 0; i < headDim; i++) {
          double x = scaled[from + i] / rows;
          for (int j = 0; j < headDim; j++) {
            moment[i * headDim + j] += x * scaled[from + j];
          }
        }
      }
    }
    symmetrise(headDim, heads); // x / rows * y and y / rows * x may round apart
    return new QueryMoments(headDim, heads, new double[kvHeads][headDim * headDim]);
  }

  /**
   * As stored in a capture, per query head and not scaled; each head is the mean over the same
   * queries.
   *
   * @param stored float32, {@code [headDim, query heads, headDim]}, checked at import
   * @param scale attention scale
   */
  public static QueryMoments stored(KvTensor stored, int kvHeads, double scale) {
    int headDim = stored.shape().headDim();
    int queryHeads = stored.shape().heads();
    int group = queryHeads / kvHeads;
    double factor = scale * scale / group;
    double[][] heads = new double[kvHeads][headDim * headDim];
    double[][] rounding = new double[kvHeads][headDim * headDim];
    for (int head = 0; head < queryHeads; head++) {
      double[] moment = heads[head / group];
      double[] bound = rounding[head / group];
      for (int i = 0; i < headDim; i++) {
        int row = (i * queryHeads + head) * headDim;
        for (int j = 0; j < headDim; j++) {
          moment[i * headDim + j] += factor * stored.data()[row + j];
          bound[i * headDim + j] += HALF_UNIT * factor * Math.abs(stored.data()[row + j]);
        }
      }
    }
    symmetrise(headDim, heads); // what was stored is so only within rounding
    symmetrise(headDim, rounding);
    return new QueryMoments(headDim, heads, rounding);
  }

  /** Each pair of entries that should be equal becomes their mean. */
  private static void symmetrise(int headDim, double[][] heads) {
    for (double[] moment : heads) {
      for (int i = 0; i < headDim; i++) {
        for (int j = 0; j < i; j++) {
          double mean = (moment[i * headDim + j] + moment[j * headDim + i]) / 2;
          moment[i * headDim + j] = mean;
          moment[j * headDim + i] = mean;
        }
      }
    }
  }
}
