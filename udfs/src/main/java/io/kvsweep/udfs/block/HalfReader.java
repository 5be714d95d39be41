package io.kvsweep.udfs.block;

import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.LittleEndian;

/** Reads what {@link HalfWriter} wrote. */
public final class HalfReader {
  private final byte[] bytes;
  private final int end;
  private int next;

  /** Reads {@code length} bytes that start at {@code offset}. */
  public HalfReader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.next = offset;
    this.end = offset + length;
  }

  /**
   * The next number.
   *
   * @throws MalformedBlockException at the end, or where the number is not finite
   */
  public float read() {
    if (next + 2 > end) {
      throw new MalformedBlockException("section ends before the next binary16 number", next);
    }
    float value = Float16.toFloat(LittleEndian.getShort(bytes, next));
    if (!Float.isFinite(value)) {
      throw new MalformedBlockException("binary16 number is " + value + ", expected finite", next);
    }
    next += 2;
    return value;
  }

  /** Fills {@code out} with the next numbers. */
  public void read(float[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = read();
    }
  }
}
