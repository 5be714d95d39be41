package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorShape;

/**
 * Heap that a task slot needs for a unit of one layer; {@code docs/costs.md} has the measurements.
 *
 * @param bytes enough for every layer-local method: 21 times the float32 keys (or values, whichever
 *     are more), in which all of them were measured to fit together, and the decomposition, which
 *     holds 44 bytes per pair of channels at once: Gram matrix, copy, vectors and twice that as
 *     scratch in double, axes in float
 * @param least that no method gets by with: keys, values and what was decoded as float32
 */
record SlotMemory(long bytes, long least) {
  /** Of a layer that has neither keys nor values. */
  static final SlotMemory NOTHING = new SlotMemory(0, 0);

  private static final int TENSORS = 21;
  private static final int LEAST_TENSORS = 3;
  private static final int BYTES_PER_PAIR = 5 * Double.BYTES + Float.BYTES;

  /**
   * @param shape of the larger of keys and values
   */
  static SlotMemory of(TensorShape shape) {
    long tensor = (long) Float.BYTES * shape.values();
    long channels = shape.channels();
    return new SlotMemory(
        TENSORS * tensor + BYTES_PER_PAIR * channels * channels, LEAST_TENSORS * tensor);
  }

  /** Rounded up. */
  long megabytes() {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
