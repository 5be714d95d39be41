package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Sizes that a capture of reconstructed tensors declares: metadata {@code
 * declared_bytes.layers.{l}.key} and {@code .value}, the bytes that the tensor took in compressed
 * form, all side information counted. A capture declares them of all its keys and values, or of
 * none. What the method would take at other prompt lengths, {@code
 * declared_bytes_4k.layers.{l}.key} and so on, it may declare of whichever it likes.
 */
public final class DeclaredBytes {
  /** What stands before the name of the tensor. */
  public static final String PREFIX = "declared_bytes.";

  /** Prompt lengths, as names and columns write them, that sizes may be declared at besides. */
  public static final List<String> LENGTHS = List.of("4k", "32k", "128k");

  private static final Pattern ENTRY = Pattern.compile("declared_bytes(_(4k|32k|128k))?\\..*");
  private static final Pattern COUNT = Pattern.compile("[1-9]\\d{0,17}");

  private DeclaredBytes() {}

  /** The entry of a tensor in the metadata of a capture. */
  public static String key(String tensor) {
    return PREFIX + tensor;
  }

  /**
   * The entry of a tensor at another prompt length.
   *
   * @param length one of {@link #LENGTHS}
   */
  public static String key(String length, String tensor) {
    return "declared_bytes_" + length + "." + tensor;
  }

  /**
   * What a capture declares of a tensor, if it does.
   *
   * @param tensor its name, {@code layers.3.key}
   * @param place start of messages
   * @throws InvalidInputException if it is no number of bytes
   */
  public static OptionalLong of(Map<String, String> metadata, String tensor, String place) {
    return read(metadata, key(tensor), place);
  }

  /** The same at another prompt length. */
  public static OptionalLong of(
      Map<String, String> metadata, String length, String tensor, String place) {
    return read(metadata, key(length, tensor), place);
  }

  private static OptionalLong read(Map<String, String> metadata, String key, String place) {
    String value = metadata.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!COUNT.matcher(value).matches()) {
      throw new InvalidInputException(
          "%s: metadata '%s' is '%s'; expected the bytes of the compressed tensor, an integer from 1 to 999999999999999999"
              .formatted(place, key, value));
    }
    return OptionalLong.of(Long.parseLong(value));
  }

  /** All entries of this kind, as written. */
  public static SortedMap<String, String> entries(Map<String, String> metadata) {
    SortedMap<String, String> entries = new TreeMap<>(metadata);
    entries.keySet().removeIf(key -> !ENTRY.matcher(key).matches());
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
      for (String length : LENGTHS) {
        of(metadata, length, tensor.name(), place);
        left.remove(key(length, tensor.name()));
      }
    }
    if (!left.isEmpty()) {
      throw new InvalidInputException(
          "%s: metadata '%s' names no key or value tensor of the capture"
              .formatted(place, left.firstKey()));
    }
  }
}
