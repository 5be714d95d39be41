package io.kvsweep.datasets.synth;

import io.kvsweep.datasets.tensor.DType;
import java.util.List;
import java.util.OptionalDouble;

/** Builds a {@link SynthSpec} from its defaults; each method is named as the component it sets. */
public final class SynthSpecBuilder {
  private String model = "synthetic";
  private List<String> prompts = List.of("prompt-0");
  private int layers = 4;
  private int tokens = 1024;
  private int kvHeads = 2;
  private int queryHeads = 4;
  private int headDim = 64;
  private DType dtype = DType.F16;
  private Spectrum spectrum = new Spectrum(Spectrum.Decay.POWER_LAW, 0.7);
  private int outlierChannels = 4;
  private double outlierScale = 8;
  private int sinks = 4;
  private double sinkScale = 4;
  private double layerCorrelation = 0.5;
  private int queries = 64;
  private OptionalDouble ropeTheta = OptionalDouble.of(10_000);
  private long seed = 1;

  SynthSpecBuilder() {}

  /** Sets {@link SynthSpec#model}. */
  public SynthSpecBuilder model(String value) {
    model = value;
    return this;
  }

  /** Sets {@link SynthSpec#prompts}. */
  public SynthSpecBuilder prompts(List<String> value) {
    prompts = value;
    return this;
  }

  /** Sets {@link SynthSpec#layers}. */
  public SynthSpecBuilder layers(int value) {
    layers = value;
    return this;
  }

  /** Sets {@link SynthSpec#tokens}. */
  public SynthSpecBuilder tokens(int value) {
    tokens = value;
    return this;
  }

  /** Sets {@link SynthSpec#kvHeads}. */
  public SynthSpecBuilder kvHeads(int value) {
    kvHeads = value;
    return this;
  }

  /** Sets {@link SynthSpec#queryHeads}. */
  public SynthSpecBuilder queryHeads(int value) {
    queryHeads = value;
    return this;
  }

  /** Sets {@link SynthSpec#headDim}. */
  public SynthSpecBuilder headDim(int value) {
    headDim = value;
    return this;
  }

  /** Sets {@link SynthSpec#dtype}. */
  public SynthSpecBuilder dtype(DType value) {
    dtype = value;
    return this;
  }

  /** Sets {@link SynthSpec#spectrum}. */
  public SynthSpecBuilder spectrum(Spectrum value) {
    spectrum = value;
    return this;
  }

  /** Sets {@link SynthSpec#outlierChannels}. */
  public SynthSpecBuilder outlierChannels(int value) {
    outlierChannels = value;
    return this;
  }

  /** Sets {@link SynthSpec#outlierScale}. */
  public SynthSpecBuilder outlierScale(double value) {
    outlierScale = value;
    return this;
  }

  /** Sets {@link SynthSpec#sinks}. */
  public SynthSpecBuilder sinks(int value) {
    sinks = value;
    return this;
  }

  /** Sets {@link SynthSpec#sinkScale}. */
  public SynthSpecBuilder sinkScale(double value) {
    sinkScale = value;
    return this;
  }

  /** Sets {@link SynthSpec#layerCorrelation}. */
  public SynthSpecBuilder layerCorrelation(double value) {
    layerCorrelation = value;
    return this;
  }

  /** Sets {@link SynthSpec#queries}. */
  public SynthSpecBuilder queries(int value) {
    queries = value;
    return this;
  }

  /** Sets {@link SynthSpec#ropeTheta}. */
  public SynthSpecBuilder ropeTheta(OptionalDouble value) {
    ropeTheta = value;
    return this;
  }

  /** Sets {@link SynthSpec#seed}. */
  public SynthSpecBuilder seed(long value) {
    seed = value;
    return this;
  }

  /**
   * The spec.
   *
   * @throws io.kvsweep.datasets.InvalidInputException naming the setting that is out of range
   */
  public SynthSpec build() {
    return new SynthSpec(
        model,
        prompts,
        layers,
        tokens,
        kvHeads,
        queryHeads,
        headDim,
        dtype,
        spectrum,
        outlierChannels,
        outlierScale,
        sinks,
        sinkScale,
        layerCorrelation,
        queries,
        ropeTheta,
        seed);
  }
}
