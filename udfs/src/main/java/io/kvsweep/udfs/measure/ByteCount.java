package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.Section;

/** What the bytes of encoded blocks were spent on. */
public record ByteCount(long codes, long parameters, long basis, long exact, long header) {
  static final ByteCount NONE = new ByteCount(0, 0, 0, 0, 0);

  /** Of one block. */
  public static ByteCount of(byte[] bytes) {
    EncodedBlock block = EncodedBlock.open(bytes);
    return new ByteCount(
        block.length(Section.CODES),
        block.length(Section.PARAMETERS),
        block.length(Section.BASIS),
        block.length(Section.EXACT),
        EncodedBlock.HEADER_BYTES);
  }

  ByteCount plus(ByteCount other) {
    return new ByteCount(
        codes + other.codes,
        parameters + other.parameters,
        basis + other.basis,
        exact + other.exact,
        header + other.header);
  }

  /** All of them: the length of the blocks. */
  public long total() {
    return codes + parameters + basis + exact + header;
  }
}
