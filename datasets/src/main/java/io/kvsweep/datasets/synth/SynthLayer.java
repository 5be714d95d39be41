package io.kvsweep.datasets.synth;

import io.kvsweep.datasets.tensor.TensorKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes rows of one tensor of a synthetic capture, in any order. */
final class SynthLayer {
  private static final int MIXING = 1;
  private static final int MEANS = 2;
  private static final int OUTLIERS = 3;
  private static final int LATENT = 4;
  private static final double KEY_MEAN = 0.5;

  private final SynthSpec spec;
  private final int index;
  private final TensorKind kind;
  private final double[] deviations;
  private final Mixing mixing;
  private final double[] means;
  private final double[] scales;
  private final List<CounterGaussian> latents = new ArrayList<>();
  private final List<Double> weights = new ArrayList<>();
  private final double[] work;

  SynthLayer(SynthSpec spec, long promptSeed, double[] deviations, int index, TensorKind kind) {
    this.spec = spec;
    this.index = index;
    this.kind = kind;
    this.deviations = deviations;
    int channels = deviations.length;
    this.work = new double[channels];
    this.means = new double[channels];
    this.scales = new double[channels];
    Arrays.fill(scales, 1);
    // Queries share the keys' mixing, and only that.
    int mixed = kind == TensorKind.VALUE ? 1 : 0;
    long seed = spec.seed();
    this.mixing = new Mixing(channels, new CounterGaussian(seed, MIXING, index, mixed));
    if (kind == TensorKind.KEY) {
      new CounterGaussian(seed, MEANS, index).addTo(means, 0, KEY_MEAN);
      markOutliers(new CounterGaussian(seed, OUTLIERS, index));
    }
    addLatents(seed, promptSeed);
  }

  int index() {
    return index;
  }

  TensorKind kind() {
    return kind;
  }

  private void markOutliers(CounterGaussian random) {
    int[] order = new int[scales.length];
    for (int i = 0; i < order.length; i++) {
      int other = (int) Long.remainderUnsigned(random.hash(i), i + 1L);
      order[i] = order[other];
      order[other] = i;
    }
    for (int i = 0; i < spec.outlierChannels(); i++) {
      scales[order[i]] = spec.outlierScale();
    }
  }

  /** One stream per layer up to this one for keys and values, one per query group for queries. */
  private void addLatents(long seed, long promptSeed) {
    if (kind == TensorKind.QUERY) {
      for (int group = 0; group < spec.queryHeads() / spec.kvHeads(); group++) {
        latents.add(new CounterGaussian(seed, LATENT, promptSeed, kind.ordinal(), index, group));
        weights.add(1.0);
      }
      return;
    }
    double rho = spec.layerCorrelation();
    double weight = 1;
    for (int l = index; l >= 0 && weight > 0; l--) {
      latents.add(new CounterGaussian(seed, LATENT, promptSeed, kind.ordinal(), l));
      weights.add(l == 0 ? weight : weight * Math.sqrt(1 - rho * rho));
      weight *= rho;
    }
  }

  /** Fills all heads of one token. */
  void row(int position, float[] out) {
    if (kind == TensorKind.QUERY) {
      queryRow(position, out);
      return;
    }
    latent(position, 0, latents.size());
    double factor = position < spec.sinks() ? spec.sinkScale() : 1;
    for (int c = 0; c < out.length; c++) {
      out[c] = (float) (factor * scales[c] * (work[c] + means[c]));
    }
  }

  private void queryRow(int position, float[] out) {
    int headDim = spec.headDim();
    int groups = latents.size();
    for (int group = 0; group < groups; group++) {
      latent(position, group, group + 1);
      for (int head = 0; head < spec.kvHeads(); head++) {
        for (int c = 0; c < headDim; c++) {
          out[(head * groups + group) * headDim + c] = (float) work[head * headDim + c];
        }
      }
    }
  }

  private void latent(int position, int from, int to) {
    Arrays.fill(work, 0);
    long pair = (long) position * ((work.length + 1) / 2);
    for (int i = from; i < to; i++) {
      latents.get(i).addTo(work, pair, weights.get(i));
    }
    for (int c = 0; c < work.length; c++) {
      work[c] *= deviations[c];
    }
    mixing.apply(work);
  }
}
