package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.measure.CodedCache;

/** Keys and values of a prompt as encoded blocks. */
interface CodedPrompt {
  /** Rotary stage of decoded keys, where the model rotates; {@code NONE} as captured. */
  RopeStage rope();

  /** Bytes of a tensor. */
  long bytes(int layer, TensorKind kind);

  /**
   * Row-major {@code [tokens, heads, headDim]}.
   *
   * @param tensor asked for in {@link TensorSpec#ORDER}
   */
  float[] decode(TensorSpec tensor);

  /** Of a method that codes all layers together. */
  record AcrossLayers(CodedCache cache) implements CodedPrompt {
    @Override
    public RopeStage rope() {
      return cache.rope();
    }

    @Override
    public long bytes(int layer, TensorKind kind) {
      return cache.bytes(layer, kind);
    }

    @Override
    public float[] decode(TensorSpec tensor) {
      return cache.decode(tensor.layer(), tensor.kind());
    }
  }
}
