package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;

/** Lets tests of other packages at the blocks of what a selector keeps whole. */
public final class WholeTokenBlocks {
  private WholeTokenBlocks() {}

  public static byte[] encode(TensorView chosen) {
    return WholeTokens.encode(chosen);
  }

  public static float[] decode(byte[] block, TensorShape expected) {
    return WholeTokens.decode(block, expected);
  }
}
