package io.kvsweep.jobs.config;

import java.util.Optional;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which layers a sweep covers.
 *
 * @param listed the layers, or empty for all
 */
public record LayerSelection(Optional<SortedSet<Integer>> listed) {
  /** Every layer that was captured. */
  public static final LayerSelection ALL = new LayerSelection(Optional.empty());

  private static final int MAX_LAYER = 1 << 20;

  public LayerSelection {
    listed = listed.map(TreeSet::new);
  }

  /** Whether this layer is wanted. */
  public boolean contains(int layer) {
    return listed.isEmpty() || listed.get().contains(layer);
  }

  /**
   * Parses {@code all}, {@code 3} or {@code 0-5}.
   *
   * @throws IllegalArgumentException with what was expected
   */
  static LayerSelection parse(String text) {
    if (text.equals("all")) {
      return ALL;
    }
    int dash = text.indexOf('-');
    int first = layer(text, dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : layer(text, text.substring(dash + 1));
    if (last < first) {
      throw new IllegalArgumentException(
          "layers '%s' run backwards: write %d-%d".formatted(text, last, first));
    }
    SortedSet<Integer> layers = new TreeSet<>();
    for (int layer = first; layer <= last; layer++) {
      layers.add(layer);
    }
    return new LayerSelection(Optional.of(layers));
  }

  private static int layer(String whole, String text) {
    String digits = text.strip();
    // Seven digits are more layers than any model has, and cannot overflow.
    if (!digits.matches("[0-9]{1,7}") || Integer.parseInt(digits) > MAX_LAYER) {
      throw new IllegalArgumentException(
          "cannot read layers '%s': expected all, a list such as [0, 2], or a range such as 0-5"
              .formatted(whole));
    }
    return Integer.parseInt(digits);
  }

  /** Layers as people list them, runs as ranges: {@code 0, 2-5}. */
  public static String ranges(SortedSet<Integer> layers) {
    StringJoiner text = new StringJoiner(", ");
    for (int first : layers) {
      if (layers.contains(first - 1)) {
        continue;
      }
      int last = first;
      while (layers.contains(last + 1)) {
        last++;
      }
      // Two in a row are listed like any others.
      text.add(last == first ? "" + first : first + (last == first + 1 ? ", " : "-") + last);
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return listed
        .map(l -> l.stream().map(String::valueOf).collect(Collectors.joining(",")))
        .orElse("all");
  }
}
