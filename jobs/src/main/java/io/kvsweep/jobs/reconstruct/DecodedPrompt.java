package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A prompt as encoded blocks, which are decoded tensor by tensor as they are read. */
final class DecodedPrompt implements PromptSource {
  /** Key of a capture's metadata that names what decoded it. */
  static final String METHOD = "method";

  private final ModelInfo model;
  private final PromptHead prompt;
  private final CodedPrompt coded;
  private final List<TensorSpec> tensors;
  private TensorSpec current;
  private float[] decoded;

  private DecodedPrompt(
      ModelInfo model, PromptHead prompt, CodedPrompt coded, List<TensorSpec> tensors) {
    this.model = model;
    this.prompt = prompt;
    this.coded = coded;
    this.tensors = tensors;
  }

  /** All keys and values of a prompt that was encoded. */
  static DecodedPrompt of(ModelInfo captured, PromptInfo prompt, CodedPrompt coded, String spec) {
    Map<String, String> metadata = new TreeMap<>(prompt.metadata());
    metadata.put(METHOD, spec);
    RopeStage keyStage = stage(captured.keyStage(), coded.rope());
    for (TensorInfo info : prompt.tensors()) {
      if (info.kind().isCached()) {
        long bytes = coded.bytes(info.layer(), info.kind());
        metadata.put(DeclaredBytes.key(info.name()), Long.toString(bytes));
      }
    }
    List<TensorSpec> tensors =
        prompt.tensors().stream()
            .filter(info -> info.kind().isCached())
            .map(info -> decoded(info, keyStage))
            .sorted(TensorSpec.ORDER)
            .toList();
    PromptHead head =
        new PromptHead(
            prompt.model(),
            prompt.prompt(),
            prompt.tokens(),
            prompt.firstPosition(),
            OptionalInt.empty(),
            metadata);
    return new DecodedPrompt(withoutQueries(captured, keyStage), head, coded, tensors);
  }

  private static RopeStage stage(RopeStage captured, RopeStage codec) {
    return captured == RopeStage.NONE || codec == RopeStage.NONE ? captured : codec;
  }

  private static TensorSpec decoded(TensorInfo info, RopeStage keyStage) {
    return new TensorSpec(
        info.layer(),
        info.kind(),
        info.shape(),
        DType.F32,
        info.kind() == TensorKind.KEY ? keyStage : info.ropeStage(),
        info.firstPosition());
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
    return tensors;
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    if (!tensor.equals(current)) {
      decoded = coded.decode(tensor);
      current = tensor;
    }
    int channels = tensor.shape().channels();
    tensor.dtype().encode(decoded, row * channels, out, 0, rows * channels);
  }

  @Override
  public void close() {}
}
