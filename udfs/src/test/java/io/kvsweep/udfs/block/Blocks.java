package io.kvsweep.udfs.block;

import io.kvsweep.datasets.tensor.LittleEndian;
import java.util.zip.CRC32C;

/** What tests may do to blocks and codecs may not. */
public final class Blocks {
  private Blocks() {}

  /** Opens without looking at the checksum. */
  public static EncodedBlock openUnchecked(byte[] bytes) {
    return EncodedBlock.open(bytes, false);
  }

  /** Makes the checksum right again, in place: damage that only other checks can notice. */
  public static byte[] reseal(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 44);
    crc.update(bytes, 48, bytes.length - 48);
    LittleEndian.putInt(bytes, 44, (int) crc.getValue());
    return bytes;
  }
}
