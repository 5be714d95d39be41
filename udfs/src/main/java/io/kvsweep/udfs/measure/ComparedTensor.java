package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.metrics.Distortion;

/** One tensor of a cell beside the original: what metrics are computed from. */
interface ComparedTensor {
  /** As captured. */
  TensorView original();

  /** Adds what was lossily coded to the sums, as this tensor of them. */
  void compare(Distortion sums, int tensor);

  /** All tokens in a rotary stage; NaN where nothing was kept. */
  float[] reconstructedIn(RopeStage stage);
}
