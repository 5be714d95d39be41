package io.kvsweep.udfs.block;

import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.LittleEndian;
import java.util.Arrays;

/** Appends binary16 numbers: scales, minima, bases, means. */
public final class HalfWriter {
  private byte[] bytes;
  private int size;

  /** A writer that expects about this many numbers. */
  public HalfWriter(int expected) {
    this.bytes = new byte[Math.max(16, 2 * expected)];
  }

  /**
   * Appends one number and returns the value that a reader will see.
   *
   * @throws UnencodableException if the number is beyond the range of binary16
   */
  public float write(float value, String what) {
    short half = Float16.fromFloat(value);
    float stored = Float16.toFloat(half);
    if (!Float.isFinite(stored)) {
      throw new UnencodableException(
          "%s is %s, which binary16 (up to 65504) cannot hold: scale the capture down or leave this tensor out"
              .formatted(what, value));
    }
    if (size + 2 > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    LittleEndian.putShort(bytes, size, half);
    size += 2;
    return stored;
  }

  /** Appends all numbers; {@code stored} receives the values that a reader will see. */
  public void write(float[] values, float[] stored, String what) {
    for (int i = 0; i < values.length; i++) {
      stored[i] = write(values[i], what);
    }
  }

  /** All bytes so far. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }
}
