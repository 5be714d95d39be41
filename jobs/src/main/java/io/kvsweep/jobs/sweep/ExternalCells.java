package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.jobs.config.MethodEntry;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.artefact.ArtefactRef;
import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.ExternalUnit;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives cells of external methods what was reconstructed of each unit: their identity is the
 * content of these tensors, so that a changed reconstruction is measured again, and only that one.
 */
final class ExternalCells {
  private final MethodRegistry registry;
  private final ExternalDatasets datasets;
  private final Map<String, Dataset> ofCells = new HashMap<>();
  private final Map<String, Dataset> ofSpecs = new HashMap<>();

  ExternalCells(MethodRegistry registry, ExternalDatasets datasets) {
    this.registry = registry;
    this.datasets = datasets;
  }

  /**
   * Opens the dataset that a cell names; nothing happens for other methods.
   *
   * @param cell as planned from the sweep file
   * @throws InvalidInputException if it names none, or the tables could not tell it from another
   */
  void open(Cell cell, MethodEntry entry) {
    Optional<ExternalCodec> external = cell.external(registry);
    if (external.isEmpty()) {
      return;
    }
    String dir =
        external
            .get()
            .dir()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s: '%s' names no dataset of reconstructions; write external(dir=DATASET)"
                            .formatted(entry.place(), entry.spec())));
    Dataset dataset;
    try {
      dataset = datasets.open(dir, entry.folder());
    } catch (InvalidInputException | IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: dir=%s: %s".formatted(entry.place(), dir, e.getMessage()), e);
    }
    Dataset other = ofSpecs.put(external.get().spec(), dataset);
    if (other != null && !other.root().equals(dataset.root())) {
      throw new InvalidInputException(
          "%s: %s and %s are both %s in tables; tell them apart with name=WORD or bits=NUMBER"
              .formatted(
                  entry.place(),
                  Storage.show(other.root()),
                  Storage.show(dataset.root()),
                  external.get().spec()));
    }
    ofCells.put(cell.cellId(), dataset);
  }

  /**
   * Refuses a dataset that has none of the prompts: it is a wrong one.
   *
   * @param prompts that the sweep scores
   */
  void check(List<PromptInfo> prompts) {
    for (Dataset dataset : ofCells.values()) {
      if (prompts.stream()
          .noneMatch(p -> dataset.manifest().prompts().stream().anyMatch(q -> is(p, q)))) {
        throw new InvalidInputException(
            "%s: the dataset has no prompt of the sweep, such as '%s'; it has '%s': a reconstruction keeps model and prompt of its capture"
                .formatted(
                    Storage.show(dataset.root()),
                    prompts.get(0).key(),
                    dataset.manifest().prompts().get(0).key()));
      }
    }
  }

  private static boolean is(PromptInfo a, PromptInfo b) {
    return a.key().equals(b.key());
  }

  /**
   * The cell on a unit.
   *
   * @param cell of any method; others are returned as they are
   * @throws InvalidInputException if what was reconstructed is not of this unit or declares no
   *     bytes
   */
  Cell of(Cell cell, UnitKey unit, ModelInfo model, PromptInfo prompt) {
    Dataset dataset = ofCells.get(cell.cellId());
    if (dataset == null) {
      return cell;
    }
    ExternalUnit found = ExternalUnit.of(Storage.show(dataset.root()), dataset.manifest(), unit);
    for (TensorInfo tensor : prompt.tensors()) {
      if (tensor.layer() == unit.layer() && tensor.kind().isCached()) {
        found.check(model, tensor.spec());
      }
    }
    return Cell.of(
        registry,
        registry.expand(cell.external(registry).orElseThrow().spec()).get(0),
        cell.kind(),
        cell.seed(),
        Optional.of(new ArtefactRef(dataset.root().toString(), found.hash(cell.kind()))));
  }
}
