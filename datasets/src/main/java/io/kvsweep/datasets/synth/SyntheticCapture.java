package io.kvsweep.datasets.synth;

import io.kvsweep.datasets.canonical.CaptureImporter;
import io.kvsweep.datasets.canonical.ImportSummary;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One prompt of a synthetic model, made as it is read. Keys and values are Gaussian latents with
 * the wanted spectrum, mixed by an orthogonal map of their layer and kind; keys have channel means
 * and outlier channels besides. Queries are mixed as the keys of their group, so that they meet the
 * strong directions.
 */
public final class SyntheticCapture implements PromptSource {
  private final SynthSpec spec;
  private final String prompt;
  private final long promptSeed;
  private final double[] deviations;
  private SynthLayer layer;

  /** The prompt of this name of the model. */
  public SyntheticCapture(SynthSpec spec, String prompt) {
    this.spec = spec;
    this.prompt = prompt;
    this.promptSeed = new CounterGaussian(prompt.chars().asLongStream().toArray()).hash(0);
    this.deviations = spec.spectrum().deviations(spec.kvHeads() * spec.headDim());
  }

  /**
   * Makes all prompts of a model and adds them to a dataset, block by block.
   *
   * @param progress takes a line at least every few seconds
   * @throws io.kvsweep.datasets.InvalidInputException as an import does
   */
  public static ImportSummary write(
      SynthSpec spec, Path root, Configuration conf, Consumer<String> progress) {
    List<Supplier<PromptSource>> sources = new ArrayList<>();
    for (String prompt : spec.prompts()) {
      sources.add(() -> new SyntheticCapture(spec, prompt));
    }
    return new CaptureImporter(root, conf, progress).importSources(sources);
  }

  @Override
  public String place() {
    return "synth " + spec.model() + "/" + prompt;
  }

  @Override
  public ModelInfo model() {
    RopeStage stage = spec.ropeTheta().isPresent() ? RopeStage.PRE : RopeStage.NONE;
    return new ModelInfo(
        spec.model(),
        "Synthetic",
        spec.queries() == 0 ? 0 : spec.queryHeads(),
        spec.kvHeads(),
        spec.headDim(),
        stage,
        stage,
        spec.ropeTheta().isPresent()
            ? Optional.of(new Rope(spec.ropeTheta().getAsDouble()))
            : Optional.empty(),
        1 / Math.sqrt(spec.headDim()));
  }

  @Override
  public PromptHead prompt() {
    return new PromptHead(
        spec.model(),
        prompt,
        spec.tokens(),
        0,
        spec.queries() == 0 ? OptionalInt.empty() : OptionalInt.of(spec.tokens() - spec.queries()),
        Map.of("synthetic", spec.toString()));
  }

  @Override
  public List<TensorSpec> tensors() {
    RopeStage stage = model().keyStage();
    TensorShape kv = new TensorShape(spec.tokens(), spec.kvHeads(), spec.headDim());
    List<TensorSpec> out = new ArrayList<>();
    for (int l = 0; l < spec.layers(); l++) {
      out.add(new TensorSpec(l, TensorKind.KEY, kv, spec.dtype(), stage, 0));
      if (spec.queries() > 0) {
        TensorShape shape = new TensorShape(spec.queries(), spec.queryHeads(), spec.headDim());
        int first = spec.tokens() - spec.queries();
        out.add(new TensorSpec(l, TensorKind.QUERY, shape, spec.dtype(), stage, first));
      }
      out.add(new TensorSpec(l, TensorKind.VALUE, kv, spec.dtype(), RopeStage.NONE, 0));
    }
    return out;
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    if (layer == null || layer.index() != tensor.layer() || layer.kind() != tensor.kind()) {
      layer = new SynthLayer(spec, promptSeed, deviations, tensor.layer(), tensor.kind());
    }
    int channels = tensor.shape().channels();
    float[] values = new float[channels];
    for (int i = 0; i < rows; i++) {
      layer.row(tensor.firstPosition() + row + i, values);
      tensor.dtype().encode(values, 0, out, i * tensor.rowBytes(), channels);
    }
  }

  @Override
  public void close() {}
}
