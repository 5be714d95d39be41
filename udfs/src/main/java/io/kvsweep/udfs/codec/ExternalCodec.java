package io.kvsweep.udfs.codec;

import java.util.Optional;

/**
 * A codec that ran elsewhere: nothing is coded here, what it made of each tensor is read from a
 * dataset.
 *
 * @param dir the dataset as a sweep names it; empty in the specification of a cell, which goes by
 *     content and not by path
 * @param name of the method, for tables
 * @param nominalBits bits per value as its authors count, if told
 */
public record ExternalCodec(Optional<String> dir, String name, Optional<String> nominalBits)
    implements Codec {

  /** The specification without the path: what cells, tables and pictures show. */
  public String spec() {
    return "external("
        + nominalBits.map(bits -> "bits=" + bits + ",").orElse("")
        + "name="
        + name
        + ")";
  }
}
