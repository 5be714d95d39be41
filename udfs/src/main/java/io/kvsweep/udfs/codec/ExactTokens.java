package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;

/**
 * Tokens kept whole, in the format of the capture and in the rotary stage of the codec: to the bit
 * where that is the stage of the capture, else rounded to the format once more.
 */
public final class ExactTokens {
  private ExactTokens() {}

  /** Bytes of tokens {@code from} to {@code to - 1} of {@code [tokens, heads, headDim]} data. */
  public static byte[] encode(float[] data, TensorShape shape, DType dtype, int from, int to) {
    int count = (to - from) * shape.channels();
    byte[] out = new byte[count * dtype.bytes()];
    dtype.encode(data, from * shape.channels(), out, 0, count);
    return out;
  }

  /**
   * Checks that a block keeps so many tokens whole, before anything is allocated for them.
   *
   * @throws MalformedBlockException if the section has another length
   */
  public static void expect(EncodedBlock block, int tokens) {
    block.expectLength(
        Section.EXACT, (long) tokens * block.shape().channels() * block.dtype().bytes());
  }

  /**
   * Fills tokens {@code from} to {@code to - 1} of {@code out} from the section of a block.
   *
   * @throws MalformedBlockException if the section has another length or holds other than numbers
   */
  public static void decode(EncodedBlock block, float[] out, int from, int to) {
    int count = (to - from) * block.shape().channels();
    int at = from * block.shape().channels();
    expect(block, to - from);
    int start = block.start(Section.EXACT);
    block.dtype().decode(block.bytes(), start, out, at, count);
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(out[at + i])) {
        throw new MalformedBlockException(
            "value of a whole token is " + out[at + i] + ", expected finite",
            start + (long) i * block.dtype().bytes());
      }
    }
  }
}
