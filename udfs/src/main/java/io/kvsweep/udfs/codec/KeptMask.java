package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;

/**
 * The block of a selector that evicts: parameters = one bit per token of the prompt, set where it
 * is kept, padded to whole bytes; one such row for all heads, or one for each.
 */
public final class KeptMask {
  private static final String CODEC = "KEEP";

  private KeptMask() {}

  /** Length of the block. */
  public static long blockBytes(int tokens, int rows) {
    return EncodedBlock.HEADER_BYTES + (long) rows * rowBytes(tokens);
  }

  private static int rowBytes(int tokens) {
    return (tokens + 7) / 8;
  }

  /**
   * Writes the block.
   *
   * @param stage canonical specification of the selector
   */
  public static byte[] encode(String stage, HeadTokens kept, TensorShape shape, DType dtype) {
    int rows = kept.shared() ? 1 : shape.heads();
    int rowBytes = rowBytes(shape.tokens());
    byte[] bits = new byte[Math.multiplyExact(rows, rowBytes)];
    for (int row = 0; row < rows; row++) {
      byte[] used = kept.set(row).toByteArray();
      System.arraycopy(used, 0, bits, row * rowBytes, used.length);
    }
    return EncodedBlock.write(
        new CodecId(CODEC, stage), TensorKind.KEY, shape, dtype, Map.of(Section.PARAMETERS, bits));
  }

  /**
   * The kept tokens, from the block alone.
   *
   * @param rows 1 where all heads share them, else the number of heads
   * @param count tokens that each row must keep
   * @throws MalformedBlockException if a row keeps others
   */
  public static HeadTokens decode(
      byte[] block, String stage, TensorShape expected, int rows, int count) {
    EncodedBlock in = EncodedBlock.read(block, new CodecId(CODEC, stage), expected);
    int rowBytes = rowBytes(expected.tokens());
    in.expectLength(Section.CODES, 0);
    in.expectLength(Section.PARAMETERS, (long) rows * rowBytes);
    in.expectLength(Section.BASIS, 0);
    in.expectLength(Section.EXACT, 0);
    int[][] tokens = new int[rows][];
    for (int row = 0; row < rows; row++) {
      int from = in.start(Section.PARAMETERS) + row * rowBytes;
      BitSet set = BitSet.valueOf(Arrays.copyOfRange(block, from, from + rowBytes));
      if (set.cardinality() != count || set.length() > expected.tokens()) {
        throw new MalformedBlockException(
            "keeps %d tokens up to %d, expected %d of %d"
                .formatted(set.cardinality(), set.length() - 1, count, expected.tokens()),
            from);
      }
      tokens[row] = set.stream().toArray();
    }
    return rows == 1 ? HeadTokens.shared(expected.heads(), tokens[0]) : HeadTokens.ofHeads(tokens);
  }
}
