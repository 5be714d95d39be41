package io.kvsweep.jobs.sweep;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Reports what accumulators gained, twice a second. A task that Spark runs twice counts twice: this
 * is for the eye, results are counted from what is published.
 */
final class AccumulatorWatch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  private final ScheduledExecutorService timer;
  private final Runnable report;

  private AccumulatorWatch(ScheduledExecutorService timer, Runnable report) {
    this.timer = timer;
    this.report = report;
  }

  static AccumulatorWatch start(SweepCounters counters, SweepProgress progress) {
    long[] seen = new long[3];
    Runnable report =
        () -> {
          synchronized (seen) {
            long[] now = {
              counters.cells().value(), counters.failed().value(), counters.values().value()
            };
            progress.done(now[0] - seen[0], now[1] - seen[1], now[2] - seen[2]);
            System.arraycopy(now, 0, seen, 0, seen.length);
          }
        };
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "kvsweep-progress-watch");
              thread.setDaemon(true);
              return thread;
            });
    timer.scheduleAtFixedRate(report, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return new AccumulatorWatch(timer, report);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    report.run();
  }
}
