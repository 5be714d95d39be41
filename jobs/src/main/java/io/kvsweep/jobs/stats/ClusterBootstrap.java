package io.kvsweep.jobs.stats;

import io.kvsweep.udfs.measure.Hashes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;

/**
 * Mean and 95 % interval of numbers measured on several prompts. A prompt is the unit of
 * replication: its layers share the text, so they are averaged and count as one.
 *
 * <p>The mean is that of the models' means, a model's is that of its prompts' means, and a prompt's
 * is that of its observations: each model counts once, and so does each prompt of a model.
 *
 * <p>The interval has the shape of the 2.5 % to 97.5 % range of the same mean under random weights
 * of the prompts (the Bayesian bootstrap: Rubin, The Annals of Statistics 9(1), 1981) and the width
 * of Student's: of n prompts these weights have only {@code (n - 1) / (n + 1)} of the variance of a
 * mean, and no bootstrap knows that a variance of few numbers is itself uncertain, so that the bare
 * range of two prompts holds the mean in half of the cases. The weight of prompt p in replicate r
 * is {@code -ln u}, with u in (0, 1) hashed from the seed, p and r alone. No partitioning or order
 * of the numbers can therefore change it, and a prompt has the same weight in each model that read
 * it, so that what is hard about a text stays common to models. Poisson(1) weights, which do the
 * same, are all zero in {@code e^-n} of the replicates, a seventh of them with two prompts; these
 * never are.
 *
 * <p>There is no interval where a model has a single prompt: nothing then tells how much prompts
 * differ. It is one of other prompts of these models, not of other models. What is bounded, as a
 * correlation is, has ends to be clipped.
 *
 * <p>Immutable but for a cache of weights; safe to share between threads. Cost: replicates x
 * (model, prompt) pairs.
 */
public final class ClusterBootstrap {
  /** What the tables use. */
  public static final ClusterBootstrap STANDARD = new ClusterBootstrap(1000, 1);

  private static final double TAIL_PERCENT = 2.5;

  private final int replicates;
  private final long seed;
  private final Map<String, double[]> weights = new ConcurrentHashMap<>();

  /**
   * @param replicates at least 2
   * @param seed another one gives other weights
   */
  public ClusterBootstrap(int replicates, long seed) {
    if (replicates < 2) {
      throw new IllegalArgumentException("expected at least 2 replicates, got " + replicates);
    }
    this.replicates = replicates;
    this.seed = seed;
  }

  /**
   * Mean and interval.
   *
   * @param observations in any order; may be empty
   */
  public Estimate mean(Collection<Observation> observations) {
    if (observations.isEmpty()) {
      return Estimate.NONE;
    }
    Map<String, Map<String, Double>> models = promptMeans(observations);
    Set<String> prompts = new HashSet<>();
    models.values().forEach(means -> prompts.addAll(means.keySet()));
    double mean = 0;
    double[] replicate = new double[replicates];
    for (Map<String, Double> means : models.values()) {
      double ofModel = meanOf(means);
      mean += ofModel;
      addDeviations(means, ofModel, replicate);
    }
    mean /= models.size();
    boolean single = models.values().stream().anyMatch(means -> means.size() == 1);
    double low = 0;
    double high = 0;
    if (!single) {
      for (int r = 0; r < replicates; r++) {
        replicate[r] /= models.size();
      }
      low = percentile(replicate, TAIL_PERCENT);
      high = percentile(replicate, 100 - TAIL_PERCENT);
      double widen = low == high ? 1 : widen(replicate, high - low, models, prompts.size());
      low *= widen;
      high *= widen;
    }
    return new Estimate(
        mean,
        single ? null : (Double) (mean + low),
        single ? null : (Double) (mean + high),
        observations.size(),
        prompts.size(),
        models.size());
  }

  private static double meanOf(Map<String, Double> means) {
    return Means.ofSorted(means.values().stream().mapToDouble(m -> m).sorted().toArray());
  }

  /** What makes a range of deviations as wide as Student's interval of their variance. */
  private static double widen(
      double[] deviations, double range, Map<String, Map<String, Double>> models, int prompts) {
    double squares = 0;
    for (double deviation : deviations) {
      squares += deviation * deviation;
    }
    double error = Math.sqrt(squares / deviations.length);
    return 2 * student(degreesOfFreedom(models, prompts)) * error / range;
  }

  /**
   * Of models with prompts of their own, by Welch and Satterthwaite (Biometrics Bulletin 2(6),
   * 1946); of models that share theirs, no more than one model has.
   */
  private static double degreesOfFreedom(Map<String, Map<String, Double>> models, int prompts) {
    double sum = 0;
    double squares = 0;
    for (Map<String, Double> means : models.values()) {
      int n = means.size();
      double ofModel = meanOf(means);
      double variance = 0;
      for (double prompt : means.values()) {
        variance += (prompt - ofModel) * (prompt - ofModel) / (n - 1) / n;
      }
      sum += variance;
      squares += variance * variance / (n - 1);
    }
    double separate = sum * sum / squares;
    // Squares of tiny deviations are 0.
    return separate > 0 ? Math.min(separate, prompts - 1) : 1;
  }

  /** The 97.5 % quantile of Student's t. */
  private static double student(double degrees) {
    return new TDistribution(degrees).inverseCumulativeProbability(1 - TAIL_PERCENT / 100);
  }

  /** Means by model and prompt, both sorted. */
  private static Map<String, Map<String, Double>> promptMeans(
      Collection<Observation> observations) {
    Map<String, Map<String, List<Double>>> values = new TreeMap<>();
    for (Observation o : observations) {
      values
          .computeIfAbsent(o.model(), model -> new TreeMap<>())
          .computeIfAbsent(o.prompt(), prompt -> new ArrayList<>())
          .add(o.value());
    }
    Map<String, Map<String, Double>> means = new TreeMap<>();
    values.forEach(
        (model, prompts) -> {
          Map<String, Double> ofModel = new TreeMap<>();
          prompts.forEach(
              (prompt, list) ->
                  ofModel.put(
                      prompt,
                      Means.ofSorted(list.stream().mapToDouble(x -> x).sorted().toArray())));
          means.put(model, ofModel);
        });
    return means;
  }

  /**
   * Adds what the weighted mean of the prompts in each replicate is off the mean, scaled to the
   * variance that a mean of so many prompts has.
   */
  private void addDeviations(Map<String, Double> means, double mean, double[] replicate) {
    double[] sum = new double[replicates];
    double[] weight = new double[replicates];
    means.forEach(
        (prompt, ofPrompt) -> {
          double[] w = weights.computeIfAbsent(prompt, this::weights);
          for (int r = 0; r < replicates; r++) {
            sum[r] += w[r] * (ofPrompt - mean);
            weight[r] += w[r];
          }
        });
    double scale = Math.sqrt((means.size() + 1.0) / (means.size() - 1.0));
    for (int r = 0; r < replicates; r++) {
      replicate[r] += scale * sum[r] / weight[r];
    }
  }

  /** Weights of a prompt by replicate, all above 0, exponential with mean 1. */
  private double[] weights(String prompt) {
    String hash = Hashes.of(List.of("ClusterBootstrap", Long.toString(seed), prompt));
    long start = Long.parseUnsignedLong(hash.substring(0, 16), 16);
    double[] w = new double[replicates];
    for (int r = 0; r < replicates; r++) {
      double uniform = ((mix(start + (r + 1) * 0x9E3779B97F4A7C15L) >>> 11) + 0.5) * 0x1p-53;
      // Not Math.log, whose last bit may depend on the machine.
      w[r] = -StrictMath.log(uniform);
    }
    return w;
  }

  /** The output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }

  /** Linear between order statistics. */
  private static double percentile(double[] values, double percent) {
    return new Percentile().withEstimationType(EstimationType.R_7).evaluate(values, percent);
  }
}
