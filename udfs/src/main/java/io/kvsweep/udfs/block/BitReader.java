package io.kvsweep.udfs.block;

/** Reads what {@link BitWriter} wrote. */
public final class BitReader {
  private final byte[] bytes;
  private final int offset;
  private final int end;
  private int next;
  private long pending;
  private int pendingBits;

  /** Reads {@code length} bytes that start at {@code offset}. */
  public BitReader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.next = offset;
    this.end = offset + length;
  }

  /**
   * Reads {@code count} unsigned codes.
   *
   * @throws MalformedBlockException if the stream ends before
   */
  public void read(int[] codes, int from, int count, int width) {
    if (remainingBits() < (long) count * width) {
      throw new MalformedBlockException(
          "codes end after %d bytes, %d codes of %d bits still expected"
              .formatted(end - offset, count, width),
          end);
    }
    int mask = (1 << width) - 1;
    for (int i = from; i < from + count; i++) {
      if (pendingBits < width) {
        refill();
      }
      codes[i] = (int) pending & mask;
      pending >>>= width;
      pendingBits -= width;
    }
  }

  /** Reads {@code count} codes in two's complement. */
  public void readSigned(int[] codes, int from, int count, int width) {
    read(codes, from, count, width);
    int shift = 32 - width;
    for (int i = from; i < from + count; i++) {
      codes[i] = codes[i] << shift >> shift;
    }
  }

  /**
   * Ends the stream.
   *
   * @throws MalformedBlockException if whole bytes are left or the padding is not zero
   */
  public void finish() {
    int unread = next - pendingBits / 8; // whole bytes fetched ahead belong to no code
    if (unread != end || pending != 0) {
      throw new MalformedBlockException("bytes or set bits behind the last code", unread);
    }
  }

  private long remainingBits() {
    return 8L * (end - next) + pendingBits;
  }

  private void refill() {
    while (pendingBits <= 56 && next < end) {
      pending |= (bytes[next++] & 0xffL) << pendingBits;
      pendingBits += 8;
    }
  }
}
