package io.kvsweep.datasets.synth;

/**
 * Standard normal numbers by index: number i of a stream does not depend on which others were asked
 * for. Box-Muller over a SplitMix64 hash of the index; StrictMath, so the same on every machine.
 */
final class CounterGaussian {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long stream;

  CounterGaussian(long... names) {
    long state = 0;
    for (long name : names) {
      state = mix(state * GOLDEN + name + 1);
    }
    this.stream = state;
  }

  /** Adds {@code weight} x numbers {@code 2 * pair ...} to all of {@code out}. */
  void addTo(double[] out, long pair, double weight) {
    for (int i = 0; i < out.length; i += 2) {
      long index = pair + i / 2;
      double radius = Math.sqrt(-2 * StrictMath.log(1 - unit(2 * index)));
      double angle = 2 * Math.PI * unit(2 * index + 1);
      out[i] += weight * radius * StrictMath.cos(angle);
      if (i + 1 < out.length) {
        out[i + 1] += weight * radius * StrictMath.sin(angle);
      }
    }
  }

  /** Uniform in {@code [0, 1)}. */
  double unit(long index) {
    return (hash(index) >>> 11) * 0x1p-53;
  }

  /** 64 random bits. */
  long hash(long index) {
    return mix(stream + (index + 1) * GOLDEN);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
