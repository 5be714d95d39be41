package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.metrics.QueryMoments;
import java.util.Optional;

/**
 * What one task works on for layer-local methods: the tensors of (model, prompt, layer), read once
 * and shared by all cells.
 */
public final class LayerUnit {
  private final UnitKey key;
  private final ModelInfo model;
  private final Optional<TensorView> keys;
  private final Optional<TensorView> values;
  private final Optional<Queries> queries;
  private final Optional<KvTensor> storedMoments;

  /** Without moments of queries. */
  public LayerUnit(
      UnitKey key,
      ModelInfo model,
      Optional<KvTensor> keys,
      Optional<KvTensor> values,
      Optional<KvTensor> queries) {
    this(key, model, keys, values, queries, Optional.empty());
  }

  /**
   * At least one of keys and values is there; queries and their moments need keys of the same layer
   * to be of use.
   */
  public LayerUnit(
      UnitKey key,
      ModelInfo model,
      Optional<KvTensor> keys,
      Optional<KvTensor> values,
      Optional<KvTensor> queries,
      Optional<KvTensor> storedMoments) {
    this.key = key;
    this.model = model;
    this.keys = keys.map(this::view);
    this.values = values.map(tensor -> new TensorView(tensor, Optional.empty()));
    this.queries = queries.map(tensor -> attentionQueries(model, tensor));
    this.storedMoments = storedMoments;
  }

  private TensorView view(KvTensor tensor) {
    return new TensorView(
        tensor,
        model
            .rope()
            .map(
                rope ->
                    Rotary.consecutive(
                        rope,
                        tensor.firstPosition(),
                        tensor.shape().tokens(),
                        tensor.shape().headDim())));
  }

  static Queries attentionQueries(ModelInfo model, KvTensor tensor) {
    float[] data = tensor.data();
    if (tensor.ropeStage() == RopeStage.PRE) {
      data =
          Rotary.consecutive(
                  model.rope().orElseThrow(),
                  tensor.firstPosition(),
                  tensor.shape().tokens(),
                  tensor.shape().headDim())
              .rotate(data, tensor.shape());
    }
    return new Queries(tensor.shape(), tensor.firstPosition(), model.attentionScale(), data);
  }

  public UnitKey key() {
    return key;
  }

  ModelInfo model() {
    return model;
  }

  Optional<Queries> queries() {
    return queries;
  }

  /**
   * The keys or values.
   *
   * @throws CellFailure if the capture has none in this layer
   */
  TensorView view(TensorKind kind) {
    Optional<TensorView> view = kind == TensorKind.KEY ? keys : values;
    return view.orElseThrow(
        () ->
            new CellFailure(
                "%s has no %s tensor: capture it, or leave the kind '%s' out"
                    .formatted(key, kind.label(), kind.label())));
  }

  /** Whether attention can be compared: keys and queries are there. */
  boolean hasAttention() {
    return keys.isPresent() && queries.isPresent();
  }

  boolean hasValues() {
    return values.isPresent();
  }

  /** The values, or zeros where there are none and attention is compared up to its output. */
  float[] valuesOrZeros() {
    return values
        .map(view -> view.tensor().data())
        .orElseGet(
            () -> {
              TensorView view = keys.orElseThrow();
              return view.share(new NoValues(), () -> new float[view.shape().values()]);
            });
  }

  private record NoValues() {}

  /** Stored moments of queries, where there are keys and no queries, which say more. */
  Optional<QueryMoments> moments() {
    if (hasAttention() || keys.isEmpty()) {
      return Optional.empty();
    }
    int kvHeads = keys.get().shape().heads();
    return storedMoments.map(
        stored ->
            keys.get()
                .share(
                    new SharedMoments(),
                    () -> QueryMoments.stored(stored, kvHeads, model.attentionScale())));
  }

  private record SharedMoments() {}
}
