package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.codec.PromptSelector;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.List;
import java.util.Optional;

/** A cell made runnable: one pipeline for each of the tensor kinds that it compresses. */
record CellMethod(Cell cell, List<TensorKind> kinds, List<Pipeline> pipelines) {

  static CellMethod of(MethodRegistry registry, Cell cell) {
    return of(registry, cell, Optional.empty());
  }

  static CellMethod of(MethodRegistry registry, Cell cell, Optional<Artefact> artefact) {
    List<MethodSpec> specs = registry.expand(cell.spec());
    if (specs.size() != 1) {
      throw new IllegalArgumentException("a cell has one method, got the grid " + cell.spec());
    }
    MethodSpec spec = specs.get(0);
    List<TensorKind> kinds = cell.kind().tensors();
    List<Pipeline> pipelines =
        kinds.stream()
            .map(kind -> kind == TensorKind.KEY ? spec.key() : spec.value())
            .map(text -> registry.pipeline(text, cell.seed(), artefact))
            .toList();
    boolean crossLayer = pipelines.get(0).codec() instanceof CacheCodec;
    boolean mixed =
        pipelines.stream().anyMatch(p -> p.codec() instanceof CacheCodec != crossLayer)
            || (crossLayer && pipelines.stream().map(Pipeline::spec).distinct().count() > 1);
    if (mixed) {
      throw new InvalidInputException(
          "invalid method '%s': a method that codes all layers together codes keys and values alike; name it alone"
              .formatted(cell.spec()));
    }
    if (crossLayer
        && pipelines.get(0).selector().isPresent()
        && !(pipelines.get(0).selector().get() instanceof PromptSelector)) {
      throw new InvalidInputException(
          "invalid method '%s': its selector chooses other tokens in each layer, and a method that codes all layers together needs one set for all; use a selector that evicts, such as knorm or streaming"
              .formatted(cell.spec()));
    }
    return new CellMethod(cell, kinds, pipelines);
  }

  /** Whether it codes all layers of a prompt together. */
  boolean crossLayer() {
    return pipelines.get(0).codec() instanceof CacheCodec;
  }

  /** What was coded elsewhere, keys and values alike. */
  Optional<ExternalCodec> external() {
    return pipelines.get(0).codec() instanceof ExternalCodec external
        ? Optional.of(external)
        : Optional.empty();
  }

  /** The selector, which keys and values share. */
  Optional<TokenSelector> selector() {
    return pipelines.get(0).selector();
  }

  /** What the artefact of a calibrated codec is made for. */
  String codecSpec() {
    return pipelines.get(0).codecSpec();
  }

  /** Family of the codec, of both where keys and values differ. */
  String method() {
    return String.join("+", pipelines.stream().map(Pipeline::method).distinct().toList());
  }

  Fidelity fidelity() {
    return pipelines.stream().map(Pipeline::fidelity).max(Enum::compareTo).orElseThrow();
  }
}
