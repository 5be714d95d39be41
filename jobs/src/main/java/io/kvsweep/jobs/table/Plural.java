package io.kvsweep.jobs.table;

/** Counts in words: 1 row, 2 rows. */
public final class Plural {
  private Plural() {}

  /**
   * @param noun one of them, whose plural takes an s
   */
  public static String of(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
