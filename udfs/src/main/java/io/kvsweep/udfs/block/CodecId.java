package io.kvsweep.udfs.block;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Who wrote a block: the codec and its parameters.
 *
 * @param codec four ASCII characters, fixed for ever per codec and block layout
 * @param spec the canonical specification of the codec stage; blocks carry its CRC32C, so that
 *     bytes of other parameters are refused
 */
public record CodecId(String codec, String spec) {
  public CodecId {
    if (codec.length() != 4 || !codec.chars().allMatch(c -> c > 32 && c < 127)) {
      throw new IllegalArgumentException("codec id '" + codec + "' is not four ASCII characters");
    }
  }

  byte[] codecBytes() {
    return codec.getBytes(StandardCharsets.US_ASCII);
  }

  int specFingerprint() {
    CRC32C crc = new CRC32C();
    crc.update(spec.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }
}
