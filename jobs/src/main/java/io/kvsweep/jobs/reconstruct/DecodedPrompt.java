package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A prompt as encoded blocks, which are decoded tensor by tensor as they are read. */
final class DecodedPrompt implements PromptSource {
  private final ModelInfo model;
  private final PromptHead prompt;
  private final Map<TensorKind, TensorCodec> codecs;
  private final Map<TensorSpec, byte[]> blocks;
  private TensorSpec current;
  private float[] decoded;

  private DecodedPrompt(
      ModelInfo model,
      PromptHead prompt,
      Map<TensorKind, TensorCodec> codecs,
      Map<TensorSpec, byte[]> blocks) {
    this.model = model;
    this.prompt = prompt;
    this.codecs = codecs;
    this.blocks = blocks;
  }

  /** Encodes all keys and values of a prompt. */
  static DecodedPrompt of(
      TensorReader reader, PromptInfo prompt, Map<TensorKind, TensorCodec> codecs, String spec) {
    ModelInfo captured = reader.manifest().model(prompt.model());
    Map<String, String> metadata = new TreeMap<>(prompt.metadata());
    metadata.put("method", spec);
    Map<TensorSpec, byte[]> blocks = new TreeMap<>(TensorSpec.ORDER);
    RopeStage keyStage = captured.keyStage();
    for (TensorInfo info : prompt.tensors()) {
      if (!info.kind().isCached()) {
        continue;
      }
      KvTensor tensor = reader.read(prompt.key(), info.layer(), info.kind());
      TensorCodec codec = codecs.get(info.kind());
      TensorView view = new TensorView(tensor, rotary(captured, tensor));
      RopeStage stage = view.stage(codec.rope());
      if (info.kind() == TensorKind.KEY) {
        keyStage = stage;
      }
      byte[] block = codec.encode(view);
      metadata.put(DeclaredBytes.key(info.name()), Integer.toString(block.length));
      TensorSpec spec32 =
          new TensorSpec(
              info.layer(), info.kind(), info.shape(), DType.F32, stage, info.firstPosition());
      blocks.put(spec32, block);
    }
    PromptHead head =
        new PromptHead(
            prompt.model(),
            prompt.prompt(),
            prompt.tokens(),
            prompt.firstPosition(),
            OptionalInt.empty(),
            metadata);
    return new DecodedPrompt(withoutQueries(captured, keyStage), head, codecs, blocks);
  }

  private static Optional<Rotary> rotary(ModelInfo model, KvTensor tensor) {
    if (tensor.ropeStage() == RopeStage.NONE) {
      return Optional.empty();
    }
    Rope rope = model.rope().orElseThrow();
    return Optional.of(
        Rotary.consecutive(
            rope, tensor.firstPosition(), tensor.shape().tokens(), tensor.shape().headDim()));
  }

  private static ModelInfo withoutQueries(ModelInfo model, RopeStage keyStage) {
    return new ModelInfo(
        model.model(),
        model.architecture(),
        0,
        model.kvHeads(),
        model.headDim(),
        keyStage,
        keyStage,
        keyStage == RopeStage.NONE ? Optional.empty() : model.rope(),
        model.attentionScale());
  }

  @Override
  public String place() {
    return prompt.model() + "/" + prompt.prompt();
  }

  @Override
  public ModelInfo model() {
    return model;
  }

  @Override
  public PromptHead prompt() {
    return prompt;
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.copyOf(blocks.keySet());
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    if (!tensor.equals(current)) {
      decoded = codecs.get(tensor.kind()).decode(blocks.get(tensor), tensor.shape()).data();
      current = tensor;
    }
    int channels = tensor.shape().channels();
    tensor.dtype().encode(decoded, row * channels, out, 0, rows * channels);
  }

  @Override
  public void close() {}
}
