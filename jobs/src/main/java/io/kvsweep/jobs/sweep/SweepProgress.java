package io.kvsweep.jobs.sweep;

/** Told what a sweep is doing. Called from several threads. */
public interface SweepProgress {
  /** What goes on before and after the cells. */
  void phase(String text);

  /** Something to know that stops nothing; one line that stays. */
  void note(String text);

  /** Counting of this many cells starts. */
  void measuring(long cells);

  /**
   * Cells that were finished since the last call.
   *
   * @param cells measured and failed ones
   * @param failed the failed ones among them
   * @param values numbers compressed in these cells
   */
  void done(long cells, long failed, long values);
}
