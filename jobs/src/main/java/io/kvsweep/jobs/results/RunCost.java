package io.kvsweep.jobs.results;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;

/**
 * What a run took.
 *
 * @param planSeconds the driver planned, from metadata alone
 * @param measureSeconds wall time of the Spark jobs that measured
 * @param taskSeconds time in its tasks, all of them together; of those that succeeded
 * @param tasks their number
 * @param cores task slots of the cluster when it ended; {@code taskSeconds / (measureSeconds *
 *     cores)} is the share of time in which they worked
 * @param driverPeakHeapBytes of the driver, garbage included: sum of the peaks of its heap's pools,
 *     so at least what was in use at once. In an embedded run tasks are in the same heap
 */
public record RunCost(
    double planSeconds,
    double measureSeconds,
    double taskSeconds,
    long tasks,
    int cores,
    long driverPeakHeapBytes) {
  /** Peak of this JVM's heap so far. */
  public static long peakHeapBytes() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(MemoryUsage::getUsed)
        .sum();
  }
}
