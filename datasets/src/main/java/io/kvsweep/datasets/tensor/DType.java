package io.kvsweep.datasets.tensor;

import java.util.Locale;

/** Number format of a captured tensor. All are little-endian in files. */
public enum DType {
  /** IEEE 754 binary16. */
  F16(2),
  /** The upper half of a binary32. */
  BF16(2),
  /** IEEE 754 binary32. */
  F32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value. */
  public int bytes() {
    return bytes;
  }

  /** Name in Parquet columns and specs: {@code f16}, {@code bf16}, {@code f32}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The format with this label, in any case (safetensors writes {@code F16}, Parquet {@code f16}).
   *
   * @throws IllegalArgumentException naming the known labels
   */
  public static DType of(String label) {
    for (DType type : values()) {
      if (type.name().equalsIgnoreCase(label)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "unknown dtype '" + label + "': expected f16, bf16 or f32; convert the tensor first");
  }

  /**
   * Widens {@code count} values that start at byte {@code offset} into {@code out[outOffset..]}.
   */
  public void decode(byte[] source, int offset, float[] out, int outOffset, int count) {
    switch (this) {
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float16.toFloat(LittleEndian.getShort(source, offset + 2 * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          int bits = LittleEndian.getShort(source, offset + 2 * i) << 16;
          out[outOffset + i] = Float.intBitsToFloat(bits);
        }
      }
      case F32 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float.intBitsToFloat(LittleEndian.getInt(source, offset + 4 * i));
        }
      }
      default -> throw new AssertionError(this);
    }
  }

  /** Narrows {@code count} floats, half to even, into bytes that start at {@code offset}. */
  public void encode(float[] source, int sourceOffset, byte[] out, int offset, int count) {
    switch (this) {
      case F16 -> {
        for (int i = 0; i < count; i++) {
          LittleEndian.putShort(out, offset + 2 * i, Float16.fromFloat(source[sourceOffset + i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          LittleEndian.putShort(out, offset + 2 * i, bfloat16(source[sourceOffset + i]));
        }
      }
      case F32 -> {
        for (int i = 0; i < count; i++) {
          LittleEndian.putInt(
              out, offset + 4 * i, Float.floatToRawIntBits(source[sourceOffset + i]));
        }
      }
      default -> throw new AssertionError(this);
    }
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // quiet, so that dropping the low half keeps a NaN
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
