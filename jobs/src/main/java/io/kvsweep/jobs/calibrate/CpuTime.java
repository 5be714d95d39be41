package io.kvsweep.jobs.calibrate;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Time that a thread had a core for itself, which a busy machine does not stretch. */
final class CpuTime {
  private CpuTime() {}

  /** Nanoseconds of this thread since some moment; of the wall clock where CPU time is unknown. */
  static long ofThread() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
