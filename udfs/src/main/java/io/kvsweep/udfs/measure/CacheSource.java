package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorView;
import java.util.List;
import java.util.Optional;

/** A prompt with all its layers, read one run of tokens of one tensor at a time. */
public interface CacheSource {
  ModelInfo model();

  /** Layers that have keys or values, ascending. */
  List<Integer> layers();

  /**
   * Shape {@code [tokens, kv heads, headDim]} of a layer's keys or values; empty if not captured.
   */
  Optional<TensorShape> shape(int layer, TensorKind kind);

  /**
   * Reads a run of tokens.
   *
   * @param from index of the first, from 0
   */
  KvTensor read(int layer, TensorKind kind, int from, int tokens);

  /** The queries of a layer, if any were captured. */
  Optional<KvTensor> queries(int layer);

  /** The stored second moments of the queries of a layer, if any. */
  default Optional<KvTensor> queryMoments(int layer) {
    return Optional.empty();
  }

  /** Keys that were read, in whichever rotary stage they are wanted. */
  default TensorView keyView(KvTensor keys) {
    return new TensorView(
        keys,
        model()
            .rope()
            .map(
                rope ->
                    Rotary.consecutive(
                        rope,
                        keys.firstPosition(),
                        keys.shape().tokens(),
                        keys.shape().headDim())));
  }
}
