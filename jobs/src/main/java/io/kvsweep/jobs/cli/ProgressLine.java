package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.sweep.SweepProgress;
import java.io.PrintWriter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Says how far a sweep is: on a terminal one line that is written over, else a line now and then,
 * and never nothing for more than ten seconds. Thread-safe.
 */
public final class ProgressLine implements SweepProgress, AutoCloseable {
  /** How progress is shown. */
  public enum Mode {
    /** One line, written over. */
    LIVE,
    /** A line at most every five seconds. */
    PLAIN,
    /** A JSON object per line, as often as {@link #PLAIN}. */
    JSON;

    /** JSON if asked for, else what the terminal can show. */
    public static Mode choose(boolean json) {
      return json ? JSON : System.console() != null ? LIVE : PLAIN;
    }
  }

  private static final long SECOND = 1_000_000_000L;
  private static final long NEWS_AFTER = 5 * SECOND;
  private static final long SILENCE_LIMIT = 7 * SECOND;
  private static final long TICK_MILLIS = 250;

  private final PrintWriter err;
  private final Mode mode;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService timer;
  private ProgressState state;
  private ProgressState shown;
  private long shownAt;
  private int liveWidth;

  private ProgressLine(
      PrintWriter err, Mode mode, LongSupplier nanoTime, ScheduledExecutorService timer) {
    this.err = err;
    this.mode = mode;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.state = ProgressState.start("starting", nanoTime.getAsLong());
    this.shownAt = nanoTime.getAsLong();
  }

  /** Starts saying things until closed. */
  public static ProgressLine start(PrintWriter err, Mode mode) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "kvsweep-progress");
              thread.setDaemon(true);
              return thread;
            });
    ProgressLine line = new ProgressLine(err, mode, System::nanoTime, timer);
    timer.scheduleAtFixedRate(line::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    return line;
  }

  /** Without a timer: says something only when ticked. */
  static ProgressLine untimed(PrintWriter err, Mode mode, LongSupplier nanoTime) {
    return new ProgressLine(err, mode, nanoTime, null);
  }

  /** What goes on before and after the cells: planning, aggregating. */
  @Override
  public synchronized void phase(String text) {
    state = state.phase(text);
    show();
  }

  /** A line of its own, in every mode. */
  @Override
  public synchronized void note(String text) {
    switch (mode) {
      case LIVE -> err.print("\r" + " ".repeat(liveWidth) + "\rnote: " + text + "\n");
      case PLAIN -> err.println("note: " + text);
      case JSON -> err.println(ProgressState.noteJson(text));
    }
    err.flush();
  }

  /**
   * Starts counting cells.
   *
   * @param cells to be measured in this run
   */
  @Override
  public synchronized void measuring(long cells) {
    state = ProgressState.start("measuring", nanoTime.getAsLong()).planned(cells);
    show();
  }

  /**
   * Adds finished cells.
   *
   * @param cells measured and failed ones
   * @param failed the failed ones among them
   * @param values numbers compressed in these cells
   */
  @Override
  public synchronized void done(long cells, long failed, long values) {
    state = state.add(cells, failed, values);
  }

  synchronized void tick() {
    long silence = nanoTime.getAsLong() - shownAt;
    boolean news = !state.equals(shown);
    if (mode == Mode.LIVE || (news && silence >= NEWS_AFTER) || silence >= SILENCE_LIMIT) {
      show();
    }
  }

  private void show() {
    long now = nanoTime.getAsLong();
    switch (mode) {
      case LIVE -> {
        String line = state.text(now);
        String blanks = " ".repeat(Math.max(0, liveWidth - line.length()));
        err.print("\r" + line + blanks);
        liveWidth = line.length();
      }
      case PLAIN -> err.println(state.text(now));
      case JSON -> err.println(state.json(now));
    }
    err.flush();
    shown = state;
    shownAt = now;
  }

  /** Says the last state and ends the line. */
  @Override
  public void close() {
    if (timer != null) {
      timer.shutdownNow();
    }
    synchronized (this) {
      if (mode == Mode.LIVE || !state.equals(shown)) {
        show();
      }
      if (mode == Mode.LIVE) {
        err.println();
        err.flush();
      }
    }
  }
}
