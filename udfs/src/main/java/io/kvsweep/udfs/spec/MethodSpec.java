package io.kvsweep.udfs.spec;

/**
 * Canonical specifications of what codes keys and what codes values. They differ only where a
 * {@code pair} was asked for.
 */
public record MethodSpec(String key, String value) {
  /** The canonical form. */
  @Override
  public String toString() {
    return key.equals(value) ? key : "pair(key=" + key + ",value=" + value + ")";
  }
}
