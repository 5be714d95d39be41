package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Keys and values of another source as if they were a reconstruction.
 *
 * @param kept which of them
 * @param bytes declared, by entry of the metadata; none declares nothing
 */
record DeclaredSource(PromptSource source, Predicate<TensorSpec> kept, Map<String, Long> bytes)
    implements PromptSource {

  /** All of them, each at as many bytes. */
  static DeclaredSource of(PromptSource source, long bytes) {
    DeclaredSource all = new DeclaredSource(source, tensor -> true, Map.of());
    Map<String, Long> declared = new HashMap<>();
    all.tensors().forEach(tensor -> declared.put(DeclaredBytes.key(tensor.name()), bytes));
    return new DeclaredSource(source, all.kept, declared);
  }

  DeclaredSource with(String tensor, long size) {
    Map<String, Long> changed = new HashMap<>(bytes);
    changed.put(DeclaredBytes.key(tensor), size);
    return new DeclaredSource(source, kept, changed);
  }

  /** At another prompt length. */
  DeclaredSource at(String length, String tensor, long size) {
    Map<String, Long> changed = new HashMap<>(bytes);
    changed.put(DeclaredBytes.key(length, tensor), size);
    return new DeclaredSource(source, kept, changed);
  }

  DeclaredSource onlyLayer(int layer) {
    Map<String, Long> left = new HashMap<>(bytes);
    left.keySet().removeIf(name -> !name.contains(".layers." + layer + "."));
    return new DeclaredSource(source, tensor -> tensor.layer() == layer, left);
  }

  @Override
  public String place() {
    return source.place();
  }

  @Override
  public ModelInfo model() {
    return source.model();
  }

  @Override
  public PromptHead prompt() {
    PromptHead head = source.prompt();
    Map<String, String> metadata = new HashMap<>(head.metadata());
    bytes.forEach((key, size) -> metadata.put(key, Long.toString(size)));
    return new PromptHead(
        head.model(),
        head.prompt(),
        head.tokens(),
        head.firstPosition(),
        head.queryFirstPosition(),
        metadata);
  }

  @Override
  public List<TensorSpec> tensors() {
    return source.tensors().stream()
        .filter(tensor -> tensor.kind() != TensorKind.QUERY)
        .filter(kept)
        .toList();
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    source.read(tensor, row, rows, out);
  }

  @Override
  public void close() {
    source.close();
  }
}
