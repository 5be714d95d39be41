package io.kvsweep.udfs.method.higgs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Makes the shipped grids: points that code standard Gaussian vectors with little squared error.
 *
 * <p>Lloyd's algorithm: assign samples to the nearest point, move every point to the mean of its
 * samples, repeat. It ends in one of many local optima, so several restarts begin at random
 * samples, each with samples of its own; the best by the error on samples that none of them saw is
 * continued on many more samples. A point without samples moves to a random one. All randomness
 * comes from {@link Random} with fixed seeds, all arithmetic is in a fixed order: another run
 * writes the same files. Run it with the resource folder as argument:
 *
 * <pre>
 * java -cp ... io.kvsweep.udfs.method.higgs.HiggsGridGenerator udfs/src/main/resources/io/kvsweep/udfs/method/higgs
 * </pre>
 */
final class HiggsGridGenerator {
  private static final int RESTARTS = 24;
  private static final int RESTART_SAMPLES = 1 << 17;
  private static final int RESTART_ROUNDS = 100;
  private static final int FINAL_SAMPLES = 1 << 21;
  private static final int FINAL_ROUNDS = 100;

  private HiggsGridGenerator() {}

  public static void main(String[] arguments) throws IOException {
    for (int[] kind : new int[][] {{2, 16}, {2, 64}, {2, 256}, {4, 256}}) {
      int dim = kind[0];
      int size = kind[1];
      Path file = Path.of(arguments[0], "grid-%dx%d.txt".formatted(size, dim));
      Files.writeString(file, text(dim, make(dim, size)), StandardCharsets.US_ASCII);
    }
  }

  private static String text(int dim, float[] points) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < points.length; i++) {
      out.append(points[i]).append(i % dim == dim - 1 ? '\n' : ' ');
    }
    return out.toString();
  }

  static float[] make(int dim, int size) {
    float[] unseen = gaussian(new Random(1), dim << 20);
    float[] best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int restart = 0; restart < RESTARTS; restart++) {
      Random random = new Random(1000 * size + 100 * dim + restart);
      float[] samples = gaussian(random, dim * RESTART_SAMPLES);
      float[] points = Arrays.copyOf(samples, dim * size);
      lloyd(dim, points, samples, RESTART_ROUNDS, random);
      double error = meanSquaredError(dim, points, unseen);
      System.out.printf("%dx%d restart %d: %.5f%n", size, dim, restart, error);
      if (error < least) {
        least = error;
        best = points;
      }
    }
    Random random = new Random(2);
    lloyd(dim, best, gaussian(random, dim * FINAL_SAMPLES), FINAL_ROUNDS, random);
    System.out.printf("%dx%d: %.5f%n", size, dim, meanSquaredError(dim, best, unseen));
    return best;
  }

  static float[] gaussian(Random random, int count) {
    float[] samples = new float[count];
    for (int i = 0; i < count; i++) {
      samples[i] = (float) random.nextGaussian();
    }
    return samples;
  }

  private static void lloyd(int dim, float[] points, float[] samples, int rounds, Random random) {
    int size = points.length / dim;
    for (int round = 0; round < rounds; round++) {
      NearestPoint search = new NearestPoint(dim, points.clone());
      double[] sums = new double[points.length];
      int[] counts = new int[size];
      for (int at = 0; at < samples.length; at += dim) {
        int p = search.of(samples, at);
        counts[p]++;
        for (int d = 0; d < dim; d++) {
          sums[p * dim + d] += samples[at + d];
        }
      }
      for (int p = 0; p < size; p++) {
        int reseed = counts[p] == 0 ? random.nextInt(samples.length / dim) * dim : -1;
        for (int d = 0; d < dim; d++) {
          points[p * dim + d] =
              reseed < 0 ? (float) (sums[p * dim + d] / counts[p]) : samples[reseed + d];
        }
      }
    }
  }

  /** Mean squared error per coordinate. */
  static double meanSquaredError(int dim, float[] points, float[] samples) {
    NearestPoint search = new NearestPoint(dim, points);
    double sum = 0;
    for (int at = 0; at < samples.length; at += dim) {
      int p = search.of(samples, at);
      for (int d = 0; d < dim; d++) {
        double error = (double) samples[at + d] - points[p * dim + d];
        sum += error * error;
      }
    }
    return sum / samples.length;
  }
}
