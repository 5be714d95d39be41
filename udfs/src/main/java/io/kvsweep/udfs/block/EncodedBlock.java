package io.kvsweep.udfs.block;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The bytes of one encoded tensor: a header of 48 bytes and four sections. All numbers are
 * little-endian.
 *
 * <pre>
 * byte  size                                     byte  size
 *    0     4  magic "KVSB"                         24     4  head dimension
 *    4     2  format version = 1                   28     4  bytes of codes
 *    6     1  dtype: 0 f16, 1 bf16, 2 f32          32     4  bytes of parameters
 *    7     1  kind: 0 key, 1 value                        36     4  bytes of basis
 *    8     4  codec id, ASCII                      40     4  bytes of exact
 *   12     4  CRC32C of the specification          44     4  CRC32C of all other bytes
 *   16     4  tokens                               48        codes, parameters, basis, exact
 *   20     4  heads
 * </pre>
 *
 * {@link #read} checks lengths against the bytes present and the shape against the expected one
 * before anything is allocated, then the checksum.
 */
public final class EncodedBlock {
  /** Bytes before the first section. */
  public static final int HEADER_BYTES = 48;

  /** Version written, and the only one read. */
  public static final int FORMAT_VERSION = 1;

  private static final int MAGIC = 0x4253564b; // "KVSB"
  private static final int CRC_AT = 44;

  private final byte[] bytes;
  private final TensorKind kind;
  private final TensorShape shape;
  private final DType dtype;
  private final int[] starts;

  private EncodedBlock(
      byte[] bytes, TensorKind kind, TensorShape shape, DType dtype, int[] starts) {
    this.bytes = bytes;
    this.kind = kind;
    this.shape = shape;
    this.dtype = dtype;
    this.starts = starts;
  }

  /** Assembles a block. Sections that are absent are empty. */
  public static byte[] write(
      CodecId id, TensorKind kind, TensorShape shape, DType dtype, Map<Section, byte[]> sections) {
    long total = HEADER_BYTES;
    for (byte[] section : sections.values()) {
      total += section.length;
    }
    byte[] out = new byte[Math.toIntExact(total)];
    LittleEndian.putInt(out, 0, MAGIC);
    LittleEndian.putShort(out, 4, (short) FORMAT_VERSION);
    out[6] = (byte) dtype.ordinal();
    out[7] = (byte) kind.ordinal();
    System.arraycopy(id.codecBytes(), 0, out, 8, 4);
    LittleEndian.putInt(out, 12, id.specFingerprint());
    LittleEndian.putInt(out, 16, shape.tokens());
    LittleEndian.putInt(out, 20, shape.heads());
    LittleEndian.putInt(out, 24, shape.headDim());
    int at = HEADER_BYTES;
    for (Section section : Section.values()) {
      byte[] content = sections.getOrDefault(section, new byte[0]);
      LittleEndian.putInt(out, lengthAt(section), content.length);
      System.arraycopy(content, 0, out, at, content.length);
      at += content.length;
    }
    LittleEndian.putInt(out, CRC_AT, checksum(out));
    return out;
  }

  /**
   * Opens a block.
   *
   * @param bytes the whole block; not copied
   * @param id the codec that is about to decode it
   * @param expected the shape that the caller will put the tensor in
   * @throws MalformedBlockException with the offset of whatever is wrong
   */
  public static EncodedBlock read(byte[] bytes, CodecId id, TensorShape expected) {
    EncodedBlock block = open(bytes);
    if (!Arrays.equals(id.codecBytes(), Arrays.copyOfRange(bytes, 8, 12))) {
      throw new MalformedBlockException(
          "written by codec '%s', expected '%s'".formatted(printable(bytes, 8), id.codec()), 8);
    }
    if (LittleEndian.getInt(bytes, 12) != id.specFingerprint()) {
      throw new MalformedBlockException(
          "written with other parameters than '" + id.spec() + "'", 12);
    }
    if (!block.shape.equals(expected)) {
      throw new MalformedBlockException(
          "holds shape %s, expected %s".formatted(block.shape, expected), 16);
    }
    return block;
  }

  /**
   * Opens a block of any codec: sizes, shape and checksum only.
   *
   * @throws MalformedBlockException with the offset of whatever is wrong
   */
  public static EncodedBlock open(byte[] bytes) {
    return open(bytes, true);
  }

  static EncodedBlock open(byte[] bytes, boolean verifyChecksum) {
    if (bytes.length < HEADER_BYTES) {
      throw new MalformedBlockException(
          "%d bytes, a header has %d".formatted(bytes.length, HEADER_BYTES), bytes.length);
    }
    if (LittleEndian.getInt(bytes, 0) != MAGIC) {
      throw new MalformedBlockException(
          "starts with '%s', expected 'KVSB'".formatted(printable(bytes, 0)), 0);
    }
    int version = LittleEndian.getShort(bytes, 4) & 0xffff;
    if (version != FORMAT_VERSION) {
      throw new MalformedBlockException(
          "format version %d, this program reads %d".formatted(version, FORMAT_VERSION), 4);
    }
    int dtype = bytes[6];
    if (dtype < 0 || dtype >= DType.values().length) {
      throw new MalformedBlockException("dtype code " + dtype + ", expected 0 to 2", 6);
    }
    int kind = bytes[7];
    if (kind != TensorKind.KEY.ordinal() && kind != TensorKind.VALUE.ordinal()) {
      throw new MalformedBlockException("kind code " + kind + ", expected 0 or 1", 7);
    }
    int[] starts = sectionStarts(bytes);
    if (verifyChecksum && LittleEndian.getInt(bytes, CRC_AT) != checksum(bytes)) {
      throw new MalformedBlockException(
          "checksum %08x, bytes give %08x"
              .formatted(LittleEndian.getInt(bytes, CRC_AT), checksum(bytes)),
          CRC_AT);
    }
    return new EncodedBlock(
        bytes, TensorKind.values()[kind], readShape(bytes), DType.values()[dtype], starts);
  }

  /** Shape {@code [tokens, heads, headDim]} of the encoded tensor. */
  public TensorShape shape() {
    return shape;
  }

  /** Whether keys or values were encoded. */
  public TensorKind kind() {
    return kind;
  }

  /** Format of the tensor as captured. */
  public DType dtype() {
    return dtype;
  }

  /** Bytes of a section. */
  public int length(Section section) {
    return starts[section.ordinal() + 1] - starts[section.ordinal()];
  }

  /** Reads the packed codes of a section. */
  public BitReader bits(Section section) {
    return new BitReader(bytes, starts[section.ordinal()], length(section));
  }

  /** Reads the binary16 numbers of a section. */
  public HalfReader halves(Section section) {
    return new HalfReader(bytes, starts[section.ordinal()], length(section));
  }

  /**
   * Reads the binary16 numbers of a section behind its first {@code skip} bytes, which must be
   * there.
   */
  public HalfReader halves(Section section, int skip) {
    return new HalfReader(bytes, starts[section.ordinal()] + skip, length(section) - skip);
  }

  /** First byte of a section within the block. */
  public int start(Section section) {
    return starts[section.ordinal()];
  }

  /** The whole block; not copied. */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Checks the length of a section that the shape and the specification determine.
   *
   * @throws MalformedBlockException if it differs
   */
  public void expectLength(Section section, long expected) {
    if (length(section) != expected) {
      throw new MalformedBlockException(
          "section %s has %d bytes, expected %d".formatted(section, length(section), expected),
          start(section));
    }
  }

  private static TensorShape readShape(byte[] bytes) {
    try {
      return new TensorShape(
          LittleEndian.getInt(bytes, 16),
          LittleEndian.getInt(bytes, 20),
          LittleEndian.getInt(bytes, 24));
    } catch (IllegalArgumentException e) {
      throw new MalformedBlockException(e.getMessage(), 16);
    }
  }

  private static int[] sectionStarts(byte[] bytes) {
    int[] starts = new int[Section.values().length + 1];
    long at = HEADER_BYTES;
    starts[0] = HEADER_BYTES;
    for (Section section : Section.values()) {
      long length = LittleEndian.getInt(bytes, lengthAt(section));
      if (length < 0 || length > bytes.length - at) {
        throw new MalformedBlockException(
            "section %s claims %d bytes, %d are left".formatted(section, length, bytes.length - at),
            lengthAt(section));
      }
      at += length;
      starts[section.ordinal() + 1] = (int) at;
    }
    if (at != bytes.length) {
      throw new MalformedBlockException(
          "%d bytes behind the last section".formatted(bytes.length - at), at);
    }
    return starts;
  }

  private static int lengthAt(Section section) {
    return 28 + 4 * section.ordinal();
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    crc.update(bytes, CRC_AT + 4, bytes.length - CRC_AT - 4);
    return (int) crc.getValue();
  }

  private static String printable(byte[] bytes, int offset) {
    StringBuilder out = new StringBuilder();
    for (int i = offset; i < offset + 4; i++) {
      out.append(bytes[i] > 32 && bytes[i] < 127 ? (char) bytes[i] : '?');
    }
    return out.toString();
  }
}
