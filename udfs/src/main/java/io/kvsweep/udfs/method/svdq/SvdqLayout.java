package io.kvsweep.udfs.method.svdq;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.method.quant.AffineQuantizer;

/**
 * Bytes of each section, from the shape and the schedule of each part. Long arithmetic throughout:
 * a projection may be longer than any block.
 *
 * @param parts 1, or the heads
 * @param group tokens that share a range, 0 for all
 * @param adaptive whether the block tells its schedules, a byte per width
 */
record SvdqLayout(
    int parts,
    int channels,
    int group,
    AffineQuantizer.Levels levels,
    Tail tail,
    boolean adaptive) {
  static SvdqLayout of(
      TensorShape shape,
      boolean separateHeads,
      int group,
      AffineQuantizer.Levels levels,
      Tail tail,
      boolean adaptive) {
    int parts = separateHeads ? shape.heads() : 1;
    return new SvdqLayout(parts, shape.channels() / parts, group, levels, tail, adaptive);
  }

  private int codedTail(int tokens) {
    return tail.frozen() ? tokens - tail.prefill(tokens) : 0;
  }

  long codeBytes(Schedule[] schedules, int tokens) {
    long bits = 0;
    for (Schedule schedule : schedules) {
      bits += schedule.bitsPerToken(channels) * (tail.prefill(tokens) + codedTail(tokens));
    }
    return (bits + 7) / 8;
  }

  long parameterBytes(Schedule[] schedules, int tokens) {
    AffineQuantizer any = new AffineQuantizer(1, levels);
    long bytes = 0;
    for (Schedule schedule : schedules) {
      int kept = schedule.keptChannels(channels);
      for (int run : new int[] {tail.prefill(tokens), codedTail(tokens)}) {
        bytes += run == 0 ? 0 : any.parameterBytes(kept, run, group);
      }
    }
    return bytes;
  }

  long basisBytes(Schedule[] schedules, int tokens) {
    if (tail.prefill(tokens) == 0) {
      return 0;
    }
    long bytes = scheduleBytes();
    for (Schedule schedule : schedules) {
      bytes += 2L * channels * (1 + schedule.keptChannels(channels));
    }
    return bytes;
  }

  /** Bytes at the start of the basis section that tell the schedules. */
  int scheduleBytes() {
    return adaptive ? Schedule.GROUPS * parts : 0;
  }

  long exactBytes(int tokens, DType dtype) {
    int whole = tokens - tail.prefill(tokens) - codedTail(tokens);
    return (long) whole * parts * channels * dtype.bytes();
  }

  long totalBytes(Schedule[] schedules, int tokens, DType dtype) {
    return EncodedBlock.HEADER_BYTES
        + codeBytes(schedules, tokens)
        + parameterBytes(schedules, tokens)
        + basisBytes(schedules, tokens)
        + exactBytes(tokens, dtype);
  }
}
