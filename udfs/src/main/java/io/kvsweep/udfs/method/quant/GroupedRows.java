package io.kvsweep.udfs.method.quant;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;

/**
 * Rows in groups of consecutive channels; a short last group of a row has its own parameters.
 *
 * @param group channels of a group, 0 for the whole row
 */
public record GroupedRows(GroupQuantizer quantizer, int group) implements RowQuantizer {
  @Override
  public int bits() {
    return quantizer.bits();
  }

  @Override
  public void check(int channels) {
    // Any width will do: the last group of a row may be short.
  }

  @Override
  public void encode(
      float[] values, int rows, int channels, BitWriter codes, HalfWriter parameters) {
    quantizer.encodeRuns(values, 0, rows, channels, group, codes, parameters);
  }

  @Override
  public void decode(BitReader codes, HalfReader parameters, float[] out, int rows, int channels) {
    quantizer.decodeRuns(codes, parameters, out, 0, rows, channels, group);
  }

  @Override
  public long parameterBytes(long rows, int channels) {
    return quantizer.parameterBytes(rows, channels, group);
  }
}
