package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One prompt of a dataset.
 *
 * @param model name of the model
 * @param prompt name of the prompt
 * @param tokens number of tokens of keys and values
 * @param firstPosition position of the first token
 * @param queryFirstPosition position of the first query, where there are queries
 * @param metadata what else the capture said, such as {@code nats_per_token}; sorted by key
 * @param tensors sorted by layer and label of the kind
 */
public record PromptInfo(
    String model,
    String prompt,
    int tokens,
    int firstPosition,
    OptionalInt queryFirstPosition,
    Map<String, String> metadata,
    List<TensorInfo> tensors) {
  public PromptInfo {
    metadata =
        new PromptHead(model, prompt, tokens, firstPosition, queryFirstPosition, metadata)
            .metadata();
    tensors = List.copyOf(tensors);
  }

  static PromptInfo of(PromptHead head, List<TensorInfo> tensors) {
    return new PromptInfo(
        head.model(),
        head.prompt(),
        head.tokens(),
        head.firstPosition(),
        head.queryFirstPosition(),
        head.metadata(),
        tensors);
  }

  /** Identity of this prompt. */
  public PromptKey key() {
    return new PromptKey(model, prompt);
  }

  /** The same without the tensors. */
  public PromptHead head() {
    return new PromptHead(model, prompt, tokens, firstPosition, queryFirstPosition, metadata);
  }

  /** The tensor of a layer and kind, if it was captured. */
  public Optional<TensorInfo> tensor(int layer, TensorKind kind) {
    return tensors.stream()
        .filter(tensor -> tensor.layer() == layer && tensor.kind() == kind)
        .findFirst();
  }

  /** Shape of the keys or the values of a layer, whichever are more; empty if it has neither. */
  public Optional<TensorShape> largestCached(int layer) {
    return tensors.stream()
        .filter(tensor -> tensor.layer() == layer && tensor.kind().isCached())
        .map(TensorInfo::shape)
        .max(Comparator.comparingLong(TensorShape::values));
  }

  /** Layers with at least one tensor, ascending. */
  public List<Integer> layers() {
    return tensors.stream().map(TensorInfo::layer).distinct().sorted().toList();
  }

  /** Layers that hold this kind, ascending. */
  public List<Integer> layers(TensorKind kind) {
    return tensors.stream()
        .filter(tensor -> tensor.kind() == kind)
        .map(TensorInfo::layer)
        .sorted()
        .toList();
  }

  /** Whether tokens, positions, all values and declared sizes are those of the other prompt. */
  boolean sameContent(PromptInfo other) {
    return tokens == other.tokens
        && firstPosition == other.firstPosition
        && queryFirstPosition.equals(other.queryFirstPosition)
        && tensors.equals(other.tensors)
        && DeclaredBytes.entries(metadata).equals(DeclaredBytes.entries(other.metadata));
  }
}
