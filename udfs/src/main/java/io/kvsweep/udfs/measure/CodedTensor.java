package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;

/**
 * A tensor that went through bytes and back.
 *
 * @param view what was encoded
 * @param codec what encoded it
 * @param block the bytes, which are all that {@code reconstruction} was made from
 * @param encodeNanos time of the encoding without work that cells share
 */
record CodedTensor(
    TensorView view,
    TensorCodec codec,
    byte[] block,
    Reconstruction reconstruction,
    long encodeNanos,
    long decodeNanos) {

  /**
   * @param shared whether the view belongs to the unit, so that other cells profit from what is
   *     computed for this one
   */
  static CodedTensor of(TensorView view, TensorCodec codec, boolean shared) {
    long sharedBefore = view.sharedNanos();
    long start = System.nanoTime();
    byte[] block = codec.encode(view);
    long encoded = System.nanoTime();
    Reconstruction reconstruction = codec.decode(block, view.shape());
    long decoded = System.nanoTime();
    return new CodedTensor(
        view,
        codec,
        block,
        reconstruction,
        encoded - start - (shared ? view.sharedNanos() - sharedBefore : 0),
        decoded - encoded);
  }

  /** The reconstruction in another rotary stage. */
  float[] reconstructedIn(RopeStage stage) {
    return view.convert(reconstruction.data(), codec.rope(), stage);
  }

  double nominalBits() {
    return codec.nominalBits(block);
  }
}
