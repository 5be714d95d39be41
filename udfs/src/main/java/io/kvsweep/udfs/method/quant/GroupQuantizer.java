package io.kvsweep.udfs.method.quant;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;

/**
 * Quantisation of groups of consecutive values. Each group has its own parameters in binary16,
 * rounded before coding, so that encoder and decoder agree to the bit. Codes and parameters go to
 * the streams in the order of the groups.
 */
public interface GroupQuantizer {
  /** Bits of codes per value. */
  int bits();

  /** Binary16 numbers stored per group. */
  int parametersPerGroup();

  /**
   * Encodes one group.
   *
   * @throws io.kvsweep.udfs.block.UnencodableException if a parameter does not fit into binary16
   */
  void encode(float[] values, int from, int count, BitWriter codes, HalfWriter parameters);

  /** Decodes one group. */
  void decode(BitReader codes, HalfReader parameters, float[] out, int from, int count);

  /**
   * Encodes consecutive runs of {@code length} values in groups of {@code group}; a short last
   * group of a run has its own parameters.
   *
   * @param group size of a group, 0 for the whole run
   */
  default void encodeRuns(
      float[] values,
      int from,
      int runs,
      int length,
      int group,
      BitWriter codes,
      HalfWriter parameters) {
    int size = group == 0 ? length : Math.min(group, length);
    for (int run = 0; run < runs; run++) {
      for (int g = 0; g < length; g += size) {
        encode(values, from + run * length + g, Math.min(size, length - g), codes, parameters);
      }
    }
  }

  /** Decodes what {@link #encodeRuns} encoded. */
  default void decodeRuns(
      BitReader codes,
      HalfReader parameters,
      float[] out,
      int from,
      int runs,
      int length,
      int group) {
    int size = group == 0 ? length : Math.min(group, length);
    for (int run = 0; run < runs; run++) {
      for (int g = 0; g < length; g += size) {
        decode(codes, parameters, out, from + run * length + g, Math.min(size, length - g));
      }
    }
  }

  /** Index of the group of {@link #encodeRuns} in its run that the value at {@code at} is in. */
  static int groupOf(int at, int group) {
    return group == 0 ? 0 : at / group;
  }

  /** Parameter bytes of {@link #encodeRuns}. */
  default long parameterBytes(long runs, int length, int group) {
    long groups = group == 0 ? 1 : ((long) length + group - 1) / group;
    return 2 * parametersPerGroup() * runs * groups;
  }
}
