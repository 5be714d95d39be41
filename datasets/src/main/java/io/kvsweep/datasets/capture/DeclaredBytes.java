package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Sizes that a capture of reconstructed tensors declares: metadata {@code
 * declared_bytes.layers.{l}.key} and {@code .value}, the bytes that the tensor took in compressed
 * form, all side information counted. A capture declares them of all its keys and values, or of
 * none.
 */
public final class DeclaredBytes {
  /** What stands before the name of the tensor. */
  public static final String PREFIX = "declared_bytes.";

  private static final Pattern COUNT = Pattern.compile("[1-9]\\d{0,17}");

  private DeclaredBytes() {}

  /** The entry of a tensor in the metadata of a capture. */
  public static String key(String tensor) {
    return PREFIX + tensor;
  }

  /**
   * What a capture declares of a tensor, if it does.
   *
   * @param tensor its name, {@code layers.3.key}
   * @param place start of messages
   * @throws InvalidInputException if it is no number of bytes
   */
  public static OptionalLong of(Map<String, String> metadata, String tensor, String place) {
    String value = metadata.get(key(tensor));
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!COUNT.matcher(value).matches()) {
      throw new InvalidInputException(
          "%s: metadata '%s' is '%s'; expected the bytes of the compressed tensor, an integer from 1 to 999999999999999999"
              .formatted(place, key(tensor), value));
    }
    return OptionalLong.of(Long.parseLong(value));
  }

  /** All entries of this kind, as written. */
  public static SortedMap<String, String> entries(Map<String, String> metadata) {
    SortedMap<String, String> entries = new TreeMap<>(metadata);
    entries.keySet().removeIf(key -> !key.startsWith(PREFIX));
    return entries;
  }

  /** Refuses sizes of tensors that are not there, and tensors without size beside others with. */
  static void check(Map<String, String> metadata, Collection<TensorSpec> tensors, String place) {
    SortedMap<String, String> left = entries(metadata);
    if (left.isEmpty()) {
      return;
    }
    for (TensorSpec tensor : tensors) {
      if (!tensor.kind().isCached()) {
        continue;
      }
      if (of(metadata, tensor.name(), place).isEmpty()) {
        throw new InvalidInputException(
            "%s: metadata '%s' is missing, while other tensors declare their bytes; declare those of every key and value"
                .formatted(place, key(tensor.name())));
      }
      left.remove(key(tensor.name()));
    }
    if (!left.isEmpty()) {
      throw new InvalidInputException(
          "%s: metadata '%s' names no key or value tensor of the capture"
              .formatted(place, left.firstKey()));
    }
  }
}
