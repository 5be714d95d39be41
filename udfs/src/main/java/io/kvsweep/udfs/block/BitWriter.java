package io.kvsweep.udfs.block;

import io.kvsweep.datasets.tensor.LittleEndian;
import java.util.Arrays;

/**
 * Appends codes of 1 to 8 bits to one continuous stream, least significant bit first:
 *
 * <pre>
 * byte 0            byte 1
 * 7 6 5 4 3 2 1 0   7 6 5 4 3 2 1 0      codes of 3 bits: a = bits 0-2 of byte 0,
 * c c b b b a a a   . . e e e d d d c    b = bits 3-5, c = bits 6-7 and bit 0 of byte 1 ...
 * </pre>
 *
 * Codes 5, 1, 7 at three bits give the bytes {@code CD 01}. The last byte is padded with zero bits.
 */
public final class BitWriter {
  private byte[] bytes;
  private int size;
  private long pending;
  private int pendingBits;

  /** A writer that expects about this many bits. */
  public BitWriter(long expectedBits) {
    this.bytes = new byte[(int) Math.min(Integer.MAX_VALUE - 16, expectedBits / 8 + 16)];
  }

  /** Appends the low {@code width} bits of {@code count} codes. */
  public void write(int[] codes, int from, int count, int width) {
    int mask = (1 << width) - 1;
    for (int i = from; i < from + count; i++) {
      pending |= (long) (codes[i] & mask) << pendingBits;
      pendingBits += width;
      if (pendingBits >= 32) {
        flushWord();
      }
    }
  }

  private void flushWord() {
    if (size + 8 > bytes.length) {
      bytes = Arrays.copyOf(bytes, grown(bytes.length));
    }
    LittleEndian.putInt(bytes, size, (int) pending);
    size += 4;
    pending >>>= 32;
    pendingBits -= 32;
  }

  private static int grown(int length) {
    return (int) Math.min(Integer.MAX_VALUE - 16, 2L * length + 64);
  }

  /** All bytes so far, the last one padded with zero bits. */
  public byte[] toByteArray() {
    byte[] out = Arrays.copyOf(bytes, Math.toIntExact(size + (pendingBits + 7L) / 8));
    long rest = pending;
    for (int i = size; i < out.length; i++) {
      out[i] = (byte) rest;
      rest >>>= 8;
    }
    return out;
  }
}
