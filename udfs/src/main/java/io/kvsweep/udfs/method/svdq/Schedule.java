package io.kvsweep.udfs.method.svdq;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Bit widths of the eight equal contiguous groups of latent channels, ordered by decreasing
 * singular value. Width 0 drops a group.
 *
 * @param widths eight non-increasing widths of 0 to 8 bits
 */
record Schedule(List<Integer> widths) {
  static final int GROUPS = 8;

  /** Drops every channel: what is left is the mean. */
  static final Schedule NOTHING = parse("0-0-0-0-0-0-0-0");

  /** Schedules by equivalent bits. Only 2 is the paper's own; the others are ours. */
  static final Map<String, Schedule> KNOWN =
      Map.of(
          "1.25", parse("4-4-2-0-0-0-0-0"),
          "2", parse("8-4-2-1-1-0-0-0"),
          "2.25", parse("8-4-4-2-0-0-0-0"),
          "3", parse("8-4-4-4-2-2-0-0"),
          "4", parse("8-8-4-4-4-2-2-0"));

  Schedule {
    widths = List.copyOf(widths);
    if (widths.size() != GROUPS) {
      throw new IllegalArgumentException(
          "a schedule has %d groups, got %d: expected widths like 8-4-2-1-1-0-0-0"
              .formatted(GROUPS, widths.size()));
    }
    for (int i = 0; i < GROUPS; i++) {
      if (widths.get(i) < 0 || widths.get(i) > 8 || (i > 0 && widths.get(i) > widths.get(i - 1))) {
        throw new IllegalArgumentException(
            "group %d has width %d: expected non-increasing widths of 0 to 8"
                .formatted(i + 1, widths.get(i)));
      }
    }
  }

  /**
   * Parses {@code 8-4-2-1-1-0-0-0}.
   *
   * @throws IllegalArgumentException with what was expected
   */
  static Schedule parse(String text) {
    try {
      return new Schedule(Arrays.stream(text.split("-", -1)).map(Integer::valueOf).toList());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected eight widths joined by '-', like 8-4-2-1-1-0-0-0", e);
    }
  }

  /** First channel of a group of {@code channels}; group 8 ends the last. */
  static int start(int group, int channels) {
    return (int) ((long) group * channels / GROUPS);
  }

  /** Channels with a width above 0; they come first. */
  int keptChannels(int channels) {
    int kept = (int) widths.stream().filter(w -> w > 0).count();
    return start(kept, channels);
  }

  /** Sum of widths over all channels. */
  long bitsPerToken(int channels) {
    long bits = 0;
    for (int g = 0; g < GROUPS; g++) {
      bits += (long) widths.get(g) * (start(g + 1, channels) - start(g, channels));
    }
    return bits;
  }

  @Override
  public String toString() {
    return widths.stream().map(String::valueOf).collect(Collectors.joining("-"));
  }
}
