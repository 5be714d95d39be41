package io.kvsweep.datasets.synth;

/**
 * A random orthogonal map of channels: stages of plane rotations over random pairings, {@code O(n
 * log n)} each time it is applied. Orthogonal, so it spreads the spectrum over all channels without
 * changing it.
 */
final class Mixing {
  private final int[][] pairings;
  private final double[][] cosines;
  private final double[][] sines;

  Mixing(int channels, CounterGaussian random) {
    int stages = 2 * (32 - Integer.numberOfLeadingZeros(channels)) + 2;
    pairings = new int[stages][channels];
    cosines = new double[stages][channels / 2];
    sines = new double[stages][channels / 2];
    long index = 0;
    for (int stage = 0; stage < stages; stage++) {
      int[] order = pairings[stage];
      for (int i = 0; i < channels; i++) { // Fisher-Yates
        int other = (int) Long.remainderUnsigned(random.hash(index++), i + 1L);
        order[i] = order[other];
        order[other] = i;
      }
      for (int i = 0; i < channels / 2; i++) {
        double angle = 2 * Math.PI * random.unit(index++);
        cosines[stage][i] = StrictMath.cos(angle);
        sines[stage][i] = StrictMath.sin(angle);
      }
    }
  }

  void apply(double[] x) {
    for (int stage = 0; stage < pairings.length; stage++) {
      int[] order = pairings[stage];
      for (int i = 0; i < x.length / 2; i++) {
        double a = x[order[2 * i]];
        double b = x[order[2 * i + 1]];
        double cos = cosines[stage][i];
        double sin = sines[stage][i];
        x[order[2 * i]] = cos * a - sin * b;
        x[order[2 * i + 1]] = sin * a + cos * b;
      }
    }
  }
}
