package io.kvsweep.jobs.results;

import io.kvsweep.jobs.storage.HostName;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * The machine and JVM of a driver.
 *
 * @param cpus processors that the JVM may use
 * @param maxHeapBytes largest heap
 * @param jvmOptions as given on the command line
 */
public record HostInfo(
    String name, String os, String arch, int cpus, long maxHeapBytes, List<String> jvmOptions) {

  static HostInfo current() {
    return new HostInfo(
        HostName.current(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        ManagementFactory.getRuntimeMXBean().getInputArguments());
  }
}
