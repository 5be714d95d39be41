package io.kvsweep.udfs.fuzz;

import io.kvsweep.datasets.tensor.TensorShape;

/**
 * An encoded block and what decodes it.
 *
 * @param name codec, parameters and shape, for messages
 * @param block sound; not to be changed
 * @param shape the one that the caller has room for
 * @param anyShape whether the decoder can be asked for another shape; false also where a block is
 *     of the same size for every number of tokens, which makes any shape a sound one
 * @param decoder turns bytes and an expected shape into numbers
 */
record FuzzTarget(String name, byte[] block, TensorShape shape, boolean anyShape, Decoder decoder) {
  interface Decoder {
    /** All that was decoded, in an order that depends on the shape alone. */
    float[] decode(byte[] block, TensorShape expected);
  }

  /** What the sound block decodes to. */
  float[] sound() {
    return decoder.decode(block.clone(), shape);
  }

  @Override
  public String toString() {
    return name;
  }
}
