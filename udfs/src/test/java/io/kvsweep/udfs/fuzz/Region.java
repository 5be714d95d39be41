package io.kvsweep.udfs.fuzz;

import io.kvsweep.datasets.tensor.LittleEndian;

/** What the bytes of a block are: the fields of its header, its sections, and what is behind. */
enum Region {
  MAGIC(0, 4),
  VERSION(4, 6),
  DTYPE(6, 7),
  KIND(7, 8),
  CODEC(8, 12),
  SPECIFICATION(12, 16),
  TOKENS(16, 20),
  HEADS(20, 24),
  HEAD_DIMENSION(24, 28),
  CODES_LENGTH(28, 32),
  PARAMETERS_LENGTH(32, 36),
  BASIS_LENGTH(36, 40),
  EXACT_LENGTH(40, 44),
  CHECKSUM(44, 48),
  CODES,
  PARAMETERS,
  BASIS,
  EXACT,
  BEHIND;

  private final int from;
  private final int to;

  Region() {
    this(-1, -1);
  }

  Region(int from, int to) {
    this.from = from;
    this.to = to;
  }

  private boolean isField() {
    return from >= 0;
  }

  /** First byte within a sound block. */
  int from(byte[] block) {
    if (isField()) {
      return from;
    }
    int at = 48;
    for (int section = CODES.ordinal(); section < ordinal(); section++) {
      at += LittleEndian.getInt(block, 28 + 4 * (section - CODES.ordinal()));
    }
    return at;
  }

  /** Byte behind the last one within a sound block. */
  int to(byte[] block) {
    return isField() ? to : this == BEHIND ? block.length : values()[ordinal() + 1].from(block);
  }

  /** Where a byte of a sound block lies. */
  static Region of(byte[] block, int at) {
    for (Region region : values()) {
      if (at >= region.from(block) && at < region.to(block)) {
        return region;
      }
    }
    return BEHIND;
  }
}
