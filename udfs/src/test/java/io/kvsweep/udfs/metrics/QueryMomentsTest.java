package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.linalg.WeightedSpectrum;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class QueryMomentsTest {
  // Sums of some hundred terms in double, 300 * 2^-53 = 3e-14, and differences of squares up to a
  // hundred times larger.
  private static final double RELATIVE = 1e-10;

  private static final int FIRST = 7;

  /** Queries behind the prompt, so that each sees all of it. */
  private static Queries queries(
      Random random, int tokens, int count, int heads, int headDim, int behind) {
    return new Queries(
        new TensorShape(count, heads, headDim),
        FIRST + tokens + behind,
        0.3,
        Tensors.gaussian(random, count * heads * headDim, 1));
  }

  private static AttentionFidelity.Result attention(
      Queries queries, int kvHeads, float[] keys, float[] keysHat) {
    int headDim = queries.shape().headDim();
    AttentionFidelity fidelity =
        new AttentionFidelity(queries, kvHeads, headDim, List.of(Optional.empty()));
    fidelity.add(
        new AttentionFidelity.Run(0, FIRST, keys.length / kvHeads / headDim, keys, keys),
        List.of(new AttentionFidelity.Candidate(keysHat, keys)));
    return fidelity.result(0);
  }

  /** {@code tr(M S)} of a head, S the covariance over tokens of the errors, entry by entry. */
  private static double trace(
      QueryMoments moments, int kvHeads, int head, float[] keys, float[] keysHat) {
    int d = moments.headDim();
    int tokens = keys.length / kvHeads / d;
    double trace = 0;
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        double product = 0;
        double meanI = 0;
        double meanJ = 0;
        for (int t = 0; t < tokens; t++) {
          int at = (t * kvHeads + head) * d;
          double x = (double) keysHat[at + i] - keys[at + i];
          double y = (double) keysHat[at + j] - keys[at + j];
          product += x * y / tokens;
          meanI += x / tokens;
          meanJ += y / tokens;
        }
        trace += moments.heads()[head][i * d + j] * (product - meanI * meanJ);
      }
    }
    return trace;
  }

  /** Where every query sees all tokens, two moments say all of the logit error. */
  @ParameterizedTest
  @CsvSource({"300, 2, 3, 16, 20", "40, 1, 1, 5, 1", "2, 3, 2, 4, 7"})
  void logitErrorIsTheTraceOfMomentTimesCovariance(
      int tokens, int kvHeads, int group, int headDim, int count, Random random) {
    float[] keys = Tensors.gaussian(random, tokens * kvHeads * headDim, 1);
    float[] keysHat = Tensors.gaussian(random, keys.length, 0.3);
    for (int i = 0; i < keys.length; i++) {
      keysHat[i] += keys[i] + 0.5f * (i % 3); // errors with a mean, which softmax does not see
    }
    Queries queries = queries(random, tokens, count, kvHeads * group, headDim, 0);
    QueryMoments moments = QueryMoments.of(queries, kvHeads);
    AttentionFidelity.Result result = attention(queries, kvHeads, keys, keysHat);
    double all = 0;
    for (int head = 0; head < kvHeads; head++) {
      double expected = trace(moments, kvHeads, head, keys, keysHat);
      double measured = result.heads()[head].logitRms();
      assertEquals(expected, measured * measured, RELATIVE * expected, "head " + head);
      all += expected / kvHeads;
    }
    assertEquals(all, result.logitRms() * result.logitRms(), RELATIVE * all);
    assertTrue(all > 0);
  }

  /** Under a causal mask the identity holds only about: that is why moments are a second choice. */
  @Test
  void aCausalMaskIsNotInTheMoments(Random random) {
    float[] keys = Tensors.gaussian(random, 200 * 8, 1);
    float[] keysHat = Tensors.gaussian(random, keys.length, 0.3);
    Queries all = queries(random, 200, 200, 1, 8, -200);
    double square = Math.pow(attention(all, 1, keys, keysHat).logitRms(), 2);
    double trace = trace(QueryMoments.of(all, 1), 1, 0, keys, keysHat);
    assertTrue(Math.abs(square / trace - 1) > 1e-4, square + " and " + trace);
    // The first query sees one token and has no centred error, the k-th an unbiased share (k-1)/k:
    // the mean of 1/k over 200 is 0.03; errors of 200 independent tokens scatter by 10 %.
    assertEquals(trace, square, 0.2 * trace);
  }

  /** Power sums tell all eigenvalues: those of M^1/2 S M^1/2 are the traces of powers of M S. */
  @Test
  void weightedEnergiesAreTheEigenvaluesOfTheProduct(Random random) {
    int tokens = 50;
    int d = 6;
    float[] x = Tensors.gaussian(random, tokens * d, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] = x[i] * (1 + i % d) + 3;
    }
    // Four queries leave two directions without weight.
    double[] weight = QueryMoments.of(queries(random, tokens, 4, 1, d, 0), 1).heads()[0];
    double[] energies = WeightedSpectrum.energies(weight, Transpose.of(x, tokens, d), tokens, 0, d);
    double[] gram = new double[d * d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        for (int t = 0; t < tokens; t++) {
          gram[i * d + j] += (x[t * d + i] - mean(x, i, d)) * (x[t * d + j] - mean(x, j, d));
        }
      }
    }
    double[] product = product(weight, gram, d);
    double[] power = product;
    for (int k = 1; k <= d; k++) {
      double trace = 0;
      double sum = 0;
      for (int i = 0; i < d; i++) {
        trace += power[i * d + i];
        sum += Math.pow(energies[i], k);
      }
      assertEquals(trace, sum, 1e-10 * trace, "power " + k);
      power = product(power, product, d);
    }
    assertEquals(0, energies[4] / energies[0], 1e-12);
    assertEquals(0, energies[5] / energies[0], 1e-12);
    double[] descending = energies.clone();
    Arrays.sort(descending);
    for (int i = 0; i < d; i++) {
      assertEquals(descending[d - 1 - i], energies[i]);
    }
  }

  private static double mean(float[] x, int channel, int channels) {
    double sum = 0;
    for (int i = channel; i < x.length; i += channels) {
      sum += x[i];
    }
    return sum / (x.length / channels);
  }

  private static double[] product(double[] a, double[] b, int n) {
    double[] out = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          out[i * n + j] += a[i * n + k] * b[k * n + j];
        }
      }
    }
    return out;
  }
}
