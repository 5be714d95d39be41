package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.canonical.ImportSummary;
import io.kvsweep.datasets.synth.Spectrum;
import io.kvsweep.datasets.synth.SynthSpec;
import io.kvsweep.datasets.synth.SynthSpecBuilder;
import io.kvsweep.datasets.synth.SyntheticCapture;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.jobs.storage.Storage;
import java.io.PrintWriter;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvsweep synth --out DATASET}. */
@Command(
    name = "synth",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Adds seeded synthetic captures of any shape to a dataset.")
final class SynthCommand implements Callable<Integer> {
  private final SynthSpecBuilder synth = SynthSpec.builder();

  @Option(names = "--out", required = true, paramLabel = "DATASET", description = "The dataset.")
  private String dataset;

  @Option(names = "--model", description = "Name of the model (default: synthetic).")
  void model(String value) {
    synth.model(value);
  }

  @Option(
      names = "--prompts",
      split = ",",
      description = "Names, separated by commas (default: prompt-0).")
  void prompts(List<String> value) {
    synth.prompts(value);
  }

  @Option(names = "--layers", description = "Layers (default: 4).")
  void layers(int value) {
    synth.layers(value);
  }

  @Option(names = "--tokens", description = "Tokens of each prompt (default: 1024).")
  void tokens(int value) {
    synth.tokens(value);
  }

  @Option(names = "--kv-heads", description = "Heads of keys and values (default: 2).")
  void kvHeads(int value) {
    synth.kvHeads(value);
  }

  @Option(names = "--query-heads", description = "Heads of queries (default: 4).")
  void queryHeads(int value) {
    synth.queryHeads(value);
  }

  @Option(names = "--head-dim", description = "Channels of a head (default: 64).")
  void headDim(int value) {
    synth.headDim(value);
  }

  @Option(names = "--dtype", description = "f16, bf16 or f32 (default: f16).")
  void dtype(DType value) {
    synth.dtype(value);
  }

  @Option(
      names = "--spectrum",
      paramLabel = "DECAY:RATE",
      description = "power-law:RATE or exponential:RATE (default: power-law:0.7).")
  void spectrum(Spectrum value) {
    synth.spectrum(value);
  }

  @Option(names = "--outlier-channels", description = "Scaled-up key channels (default: 4).")
  void outlierChannels(int value) {
    synth.outlierChannels(value);
  }

  @Option(names = "--outlier-scale", description = "Factor on these (default: 8).")
  void outlierScale(double value) {
    synth.outlierScale(value);
  }

  @Option(names = "--sinks", description = "Scaled-up first tokens (default: 4).")
  void sinks(int value) {
    synth.sinks(value);
  }

  @Option(names = "--sink-scale", description = "Factor on these (default: 4).")
  void sinkScale(double value) {
    synth.sinkScale(value);
  }

  @Option(
      names = "--layer-correlation",
      description = "Between neighbouring layers, 0 to below 1 (default: 0.5).")
  void layerCorrelation(double value) {
    synth.layerCorrelation(value);
  }

  @Option(names = "--queries", description = "Queries at the prompt's end (default: 64).")
  void queries(int value) {
    synth.queries(value);
  }

  @Option(
      names = "--rope-theta",
      description = "Base of the rotary embedding, 0 for a model without (default: 10000).")
  void ropeTheta(double value) {
    synth.ropeTheta(value == 0 ? OptionalDouble.empty() : OptionalDouble.of(value));
  }

  @Option(names = "--seed", description = "Any integer (default: 1).")
  void seed(long value) {
    synth.seed(value);
  }

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    Configuration conf = HadoopConf.current();
    PrintWriter err = command.commandLine().getErr();
    ImportSummary summary =
        SyntheticCapture.write(
            synth.build(),
            Storage.of(dataset, conf).root(),
            conf,
            line -> ConsoleLines.say(err, line));
    ConsoleLines.say(command.commandLine().getOut(), ImportCommand.describe(dataset, summary));
    return ExitCode.OK;
  }
}
