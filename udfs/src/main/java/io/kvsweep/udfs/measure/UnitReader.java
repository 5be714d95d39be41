package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.PromptKey;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.ArtefactRef;
import java.util.List;
import java.util.Optional;

/** Opens units of a dataset: the arrow from payload to unit. */
public final class UnitReader {
  private final TensorReader reader;

  public UnitReader(TensorReader reader) {
    this.reader = reader;
  }

  /**
   * Reads the tensors of one layer.
   *
   * @throws InvalidInputException if the dataset is not what the unit was planned from, or its
   *     files cannot be read
   */
  public LayerUnit layer(UnitKey key) {
    PromptInfo prompt = prompt(key);
    requireUnchanged(key, UnitKey.ofLayer(model(key), prompt, key.layer()));
    return new LayerUnit(
        key,
        model(key),
        read(prompt, key, TensorKind.KEY),
        read(prompt, key, TensorKind.VALUE),
        read(prompt, key, TensorKind.QUERY),
        read(prompt, key, TensorKind.QUERY_MOMENT));
  }

  /** What a task slot needs for the tensors of one layer, from their shapes alone. */
  SlotMemory memory(UnitKey key) {
    return prompt(key).largestCached(key.layer()).map(SlotMemory::of).orElse(SlotMemory.NOTHING);
  }

  /**
   * Opens all layers of a prompt; tensors are read as they are asked for.
   *
   * @throws InvalidInputException if the dataset is not what the unit was planned from
   */
  public CacheSource cache(UnitKey key) {
    PromptInfo prompt = prompt(key);
    requireUnchanged(key, UnitKey.ofPrompt(model(key), prompt));
    return new DatasetCache(prompt, model(key));
  }

  /**
   * What this dataset holds of a unit of another one, of which it is a reconstruction.
   *
   * @throws InvalidInputException if that is not what the cell was planned with
   */
  ExternalUnit external(Cell cell, UnitKey unit) {
    ArtefactRef planned = cell.artefact().orElseThrow();
    ExternalUnit found = ExternalUnit.of(planned.path(), reader.manifest(), unit);
    if (!found.hash(cell.kind()).equals(planned.recipe())) {
      throw new InvalidInputException(
          "%s: what it holds of %s changed since the sweep was planned: start the sweep again"
              .formatted(planned.path(), unit));
    }
    return found;
  }

  /** A tensor of a layer, by the names of the unit alone. */
  KvTensor tensor(UnitKey unit, TensorKind kind) {
    return reader.read(new PromptKey(unit.model(), unit.prompt()), unit.layer(), kind);
  }

  private ModelInfo model(UnitKey key) {
    return reader.manifest().model(key.model());
  }

  private PromptInfo prompt(UnitKey key) {
    return reader.manifest().prompt(key.model(), key.prompt());
  }

  private Optional<KvTensor> read(PromptInfo prompt, UnitKey key, TensorKind kind) {
    return prompt
        .tensor(key.layer(), kind)
        .map(info -> reader.read(prompt.key(), key.layer(), kind));
  }

  private static void requireUnchanged(UnitKey planned, UnitKey found) {
    if (!planned.unitId().equals(found.unitId())) {
      throw new InvalidInputException(
          "%s: the dataset changed since the sweep was planned (unit %s, now %s): start the sweep again"
              .formatted(planned, planned.unitId(), found.unitId()));
    }
  }

  private final class DatasetCache implements CacheSource {
    private final PromptInfo prompt;
    private final ModelInfo model;

    DatasetCache(PromptInfo prompt, ModelInfo model) {
      this.prompt = prompt;
      this.model = model;
    }

    @Override
    public ModelInfo model() {
      return model;
    }

    @Override
    public List<Integer> layers() {
      return prompt.layers();
    }

    @Override
    public Optional<TensorShape> shape(int layer, TensorKind kind) {
      return prompt.tensor(layer, kind).map(TensorInfo::shape);
    }

    @Override
    public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
      PromptKey key = prompt.key();
      int first = prompt.tensor(layer, kind).orElseThrow().firstPosition();
      return reader.read(key, layer, kind, first + from, tokens);
    }

    @Override
    public Optional<KvTensor> queries(int layer) {
      return whole(layer, TensorKind.QUERY);
    }

    @Override
    public Optional<KvTensor> queryMoments(int layer) {
      return whole(layer, TensorKind.QUERY_MOMENT);
    }

    private Optional<KvTensor> whole(int layer, TensorKind kind) {
      return prompt.tensor(layer, kind).map(info -> reader.read(prompt.key(), layer, kind));
    }
  }
}
