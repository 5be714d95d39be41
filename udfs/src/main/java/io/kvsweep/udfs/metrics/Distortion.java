package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/**
 * How far a reconstruction is from the exact tensor, over the lossily coded tokens, in the rotary
 * stage of the capture. Fed in runs of tokens; state does not grow with the prompt but for the
 * lowest hundredth of the cosines. All sums in double, in token order: results do not depend on how
 * a prompt is cut into runs.
 */
public final class Distortion {
  private final int tensors;
  private final int heads;
  private final int headDim;
  private final double[] squaredError;
  private final double[] energy;
  private final double[] channelSum;
  private final Smallest lowestCosines;
  private final double[] cosineSum;
  private double maxAbsError;
  private final long[] vectors;

  /**
   * @param tensors 1, or 2 where keys and values count together
   * @param heads KV heads of each
   * @param maxVectors upper bound of the (token, head) vectors that will be added
   */
  public Distortion(int tensors, int heads, int headDim, long maxVectors) {
    this.tensors = tensors;
    this.heads = heads;
    this.headDim = headDim;
    this.squaredError = new double[tensors * heads];
    this.energy = new double[tensors * heads];
    this.channelSum = new double[tensors * heads * headDim];
    this.vectors = new long[tensors * heads];
    this.cosineSum = new double[tensors];
    this.lowestCosines = new Smallest((int) Math.min(maxVectors, (long) (0.01 * maxVectors) + 2));
  }

  /**
   * Adds tokens {@code from} to {@code to - 1} of both arrays, {@code [tokens, heads, headDim]}.
   *
   * @param tensor 0 or 1: which of the tensors it is
   */
  public void add(int tensor, float[] exact, float[] reconstructed, int from, int to) {
    for (int t = from; t < to; t++) {
      for (int h = 0; h < heads; h++) {
        addHead(tensor, exact, reconstructed, t, h);
      }
    }
  }

  /** Adds one head of one token of both arrays. */
  public void addHead(int tensor, float[] exact, float[] reconstructed, int token, int head) {
    int at = (token * heads + head) * headDim;
    int row = tensor * heads + head;
    double error = 0;
    double norm = 0;
    double otherNorm = 0;
    double dot = 0;
    for (int i = 0; i < headDim; i++) {
      double x = exact[at + i];
      double y = reconstructed[at + i];
      double e = y - x;
      error += e * e;
      norm += x * x;
      otherNorm += y * y;
      dot += x * y;
      channelSum[row * headDim + i] += x;
      maxAbsError = Math.max(maxAbsError, Math.abs(e));
    }
    squaredError[row] += error;
    energy[row] += norm;
    double cosine = cosine(dot, norm, otherNorm);
    cosineSum[row / heads] += cosine;
    lowestCosines.add(cosine);
    vectors[row]++;
  }

  /** Two zero vectors agree; a zero vector and another are orthogonal. */
  private static double cosine(double dot, double norm, double otherNorm) {
    if (norm == 0 || otherNorm == 0) {
      return norm == otherNorm ? 1 : 0;
    }
    return dot / Math.sqrt(norm * otherNorm);
  }

  /** The metrics. */
  public Result result() {
    long all = Arrays.stream(vectors).sum();
    double errorTotal = 0;
    double energyTotal = 0;
    double meanEnergy = 0;
    double[] headNmse = new double[heads];
    for (int h = 0; h < heads; h++) {
      double headError = 0;
      double headEnergy = 0;
      for (int row = h; row < tensors * heads; row += heads) {
        headError += squaredError[row];
        headEnergy += energy[row];
        for (int c = row * headDim; c < (row + 1) * headDim; c++) {
          meanEnergy += channelSum[c] * channelSum[c] / Math.max(1, vectors[row]);
        }
      }
      // What is all zero has no relative error, and must not make a mean over heads infinite.
      headNmse[h] = headEnergy == 0 && headError > 0 ? Double.NaN : ratio(headError, headEnergy);
      errorTotal += headError;
      energyTotal += headEnergy;
    }
    double nmse = ratio(errorTotal, energyTotal);
    return new Result(
        nmse,
        centred(errorTotal, energyTotal, meanEnergy),
        -10 * Math.log10(nmse),
        all == 0 ? 1 : Arrays.stream(cosineSum).sum() / all,
        all == 0 ? 1 : Quantile.ofSmallest(lowestCosines.sorted(), all, 0.01),
        maxAbsError,
        errorTotal,
        energyTotal,
        headNmse);
  }

  /**
   * Undefined where nothing but rounding is left of the energy: a channel mean cancels to about
   * 2^-52 of it, so that a millionth of a millionth is no spread.
   */
  private static double centred(double error, double energy, double meanEnergy) {
    double spread = energy - meanEnergy;
    if (error == 0) {
      return 0;
    }
    return spread > 1e-12 * energy ? error / spread : Double.NaN;
  }

  /** An error of nothing relative to nothing is none. */
  private static double ratio(double error, double energy) {
    return error == 0 ? 0 : error / energy;
  }

  /**
   * @param nmse sum of squared errors / sum of squares
   * @param nmseCentred the same with the channel means removed from the denominator; NaN if nothing
   *     is left of it
   * @param sqnrDb {@code -10 log10 nmse}, infinite without error
   * @param cosineMean mean cosine per (token, head)
   * @param cosineP01 its 1st percentile
   * @param maxAbsError largest absolute error
   * @param squaredError sum of squared errors
   * @param energy sum of squares of the exact tokens
   * @param headNmse nmse per KV head; NaN where a head that is all zero was rebuilt as another
   */
  public record Result(
      double nmse,
      double nmseCentred,
      double sqnrDb,
      double cosineMean,
      double cosineP01,
      double maxAbsError,
      double squaredError,
      double energy,
      double[] headNmse) {}
}
