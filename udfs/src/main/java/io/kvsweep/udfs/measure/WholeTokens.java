package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.ExactTokens;
import io.kvsweep.udfs.codec.TensorView;
import java.util.Map;

/**
 * The block of what a selector keeps whole of one tensor, {@code [count, heads, headDim]}: exact =
 * the values, in format and rotary stage of the capture.
 */
final class WholeTokens {
  private static final CodecId ID = new CodecId("EXCT", "");

  private WholeTokens() {}

  static long blockBytes(long values, int bytesPerValue) {
    return EncodedBlock.HEADER_BYTES + values * bytesPerValue;
  }

  static byte[] encode(TensorView chosen) {
    TensorShape shape = chosen.shape();
    return EncodedBlock.write(
        ID,
        chosen.tensor().kind(),
        shape,
        chosen.dtype(),
        Map.of(
            Section.EXACT,
            ExactTokens.encode(
                chosen.data(RopeStage.NONE), shape, chosen.dtype(), 0, shape.tokens())));
  }

  static float[] decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, ID, expected);
    ExactTokens.expect(in, expected.tokens());
    float[] out = new float[expected.values()];
    ExactTokens.decode(in, out, 0, expected.tokens());
    return out;
  }
}
