package io.kvsweep.datasets.synth;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What a synthetic model and its captures are like. The same spec gives the same bytes anywhere.
 *
 * @param model name of the model; the mixing of channels depends on the seed, not on the prompt
 * @param prompts names of the prompts, each with other values
 * @param layers number of layers
 * @param tokens tokens of each prompt
 * @param kvHeads heads of keys and values
 * @param queryHeads heads of queries, a multiple of {@code kvHeads}
 * @param headDim channels of a head
 * @param dtype format of all tensors
 * @param spectrum fall of the latent channels, over all heads joined
 * @param outlierChannels key channels, heads joined, that are scaled up, mean included
 * @param outlierScale factor on these, at least 1
 * @param sinks first tokens that are scaled up
 * @param sinkScale factor on these, at least 1
 * @param layerCorrelation rho in {@code [0, 1)}: latent of layer l = rho x latent of layer l - 1 +
 *     sqrt(1 - rho^2) x fresh; making layer l then costs l + 1 times the random numbers
 * @param queries number of queries, the prompt's last positions; 0 for none
 * @param ropeTheta base of the rotary embedding, keys and queries not yet rotated; empty for none
 * @param seed any number
 */
public record SynthSpec(
    String model,
    List<String> prompts,
    int layers,
    int tokens,
    int kvHeads,
    int queryHeads,
    int headDim,
    DType dtype,
    Spectrum spectrum,
    int outlierChannels,
    double outlierScale,
    int sinks,
    double sinkScale,
    double layerCorrelation,
    int queries,
    OptionalDouble ropeTheta,
    long seed) {
  public SynthSpec {
    Objects.requireNonNull(model);
    Objects.requireNonNull(dtype);
    Objects.requireNonNull(spectrum);
    prompts = List.copyOf(prompts);
    require(
        !model.isBlank() && !model.equals(PromptHead.ALL_MODELS),
        "model",
        model,
        "a name, and not that of lines over models");
    require(
        !prompts.isEmpty() && new HashSet<>(prompts).size() == prompts.size(),
        "prompts",
        prompts,
        "at least one name, none twice");
    range("layers", layers, 1, 999_999);
    range("tokens", tokens, 1, Integer.MAX_VALUE);
    range("kv-heads", kvHeads, 1, 65_536);
    range("head-dim", headDim, 1, 65_536);
    long values = (long) tokens * kvHeads * headDim;
    require(
        (long) kvHeads * headDim <= 1 << 20 && values <= Integer.MAX_VALUE - 8,
        "tokens x kv-heads x head-dim",
        values,
        "at most 2^31 - 9 values in a tensor and 2^20 channels in a token");
    require(
        queryHeads >= kvHeads && queryHeads % kvHeads == 0 && queryHeads <= 1 << 20,
        "query-heads",
        queryHeads,
        "a multiple of the " + kvHeads + " KV heads");
    range("outlier-channels", outlierChannels, 0, kvHeads * headDim);
    require(outlierScale >= 1 && outlierScale <= 1e4, "outlier-scale", outlierScale, "1 to 10000");
    range("sinks", sinks, 0, tokens);
    require(sinkScale >= 1 && sinkScale <= 1e4, "sink-scale", sinkScale, "1 to 10000");
    require(
        layerCorrelation >= 0 && layerCorrelation < 1,
        "layer-correlation",
        layerCorrelation,
        "0 to below 1");
    range("queries", queries, 0, tokens);
    if (ropeTheta.isPresent()) {
      double theta = ropeTheta.getAsDouble();
      require(theta > 1 && Double.isFinite(theta), "rope-theta", theta, "a finite number above 1");
      require(
          headDim % 2 == 0,
          "head-dim",
          headDim,
          "an even number, as there is a rotary embedding (rope-theta 0: none)");
    }
  }

  private static void range(String name, long value, long min, long max) {
    require(value >= min && value <= max, name, value, min + " to " + max);
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new InvalidInputException(
          "synth: %s is %s; expected %s".formatted(name, value, expected));
    }
  }

  /** Starts from a small model with everything a real one has. */
  public static SynthSpecBuilder builder() {
    return new SynthSpecBuilder();
  }
}
