package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A prompt whose tensors are in memory already, for example decoded ones. */
public final class MemorySource implements PromptSource {
  private final ModelInfo model;
  private final PromptHead prompt;
  private final Map<TensorSpec, KvTensor> tensors = new TreeMap<>(TensorSpec.ORDER);

  /**
   * Shares the tensors' arrays, copies nothing.
   *
   * @param layers tensors by layer, each layer with at most one of a kind
   */
  public MemorySource(ModelInfo model, PromptHead prompt, Map<Integer, List<KvTensor>> layers) {
    this.model = model;
    this.prompt = prompt;
    layers.forEach((layer, list) -> list.forEach(tensor -> add(layer, tensor)));
  }

  private void add(int layer, KvTensor tensor) {
    TensorSpec spec =
        new TensorSpec(
            layer,
            tensor.kind(),
            tensor.shape(),
            tensor.dtype(),
            tensor.ropeStage(),
            tensor.firstPosition());
    if (tensors.put(spec, tensor) != null) {
      throw new IllegalArgumentException(spec.name() + " is given twice");
    }
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
    return List.copyOf(tensors.keySet());
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    int channels = tensor.shape().channels();
    tensor
        .dtype()
        .encode(
            tensors.get(tensor).data(), row * channels, out, 0, Math.multiplyExact(rows, channels));
  }

  @Override
  public void close() {}
}
