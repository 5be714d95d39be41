package io.kvsweep.udfs.method.quant;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;

/**
 * Quantises rows {@code [rows, channels]} one by one: what a row decodes to depends on that row
 * alone, so rows may be cut into runs anywhere. Immutable and thread-safe; encoding is
 * deterministic, decoding gives the same floats on every machine.
 */
public interface RowQuantizer {
  /** Bits of codes per value. */
  int bits();

  /**
   * Checks that it can code rows of this width.
   *
   * @throws io.kvsweep.udfs.block.UnencodableException with the remedy
   */
  void check(int channels);

  /** Appends codes and parameters of all rows. */
  void encode(float[] values, int rows, int channels, BitWriter codes, HalfWriter parameters);

  /** Fills {@code out} with what {@link #encode} appended. */
  void decode(BitReader codes, HalfReader parameters, float[] out, int rows, int channels);

  /** Bits of codes of so many rows. */
  default long codeBits(long rows, int channels) {
    return rows * channels * bits();
  }

  /** Bytes of parameters of so many rows. */
  long parameterBytes(long rows, int channels);
}
