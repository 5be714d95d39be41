package io.kvsweep.jobs.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Spark's standalone master and two workers of one core each, on free ports of the loopback. The
 * workers have an address each: of one address Spark would run no speculative task.
 */
final class SparkCluster implements AutoCloseable {
  private static final Pattern PORT =
      Pattern.compile("Successfully started service 'sparkMaster' on port ([0-9]+)");
  private static final Pattern WORKER = Pattern.compile("Registering worker 127\\.0\\.0\\.");
  private static final long LIMIT_MILLIS = 120_000;

  private final SparkHome home;
  private final Path folder;
  private final List<Driver> drivers = new ArrayList<>();
  private final List<Driver> workers = new ArrayList<>();
  private Driver master;
  private String url;

  private SparkCluster(SparkHome home, Path folder) {
    this.home = home;
    this.folder = folder;
  }

  /**
   * Starts one, and waits for its workers.
   *
   * @param folder for its logs and work
   */
  static SparkCluster start(SparkHome home, Path folder) throws IOException, InterruptedException {
    SparkCluster cluster = new SparkCluster(home, folder);
    // Also where a build is interrupted, and no test comes to its end.
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
    try {
      cluster.startDaemons();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void startDaemons() throws IOException, InterruptedException {
    master =
        daemon(
            "127.0.0.1", "master.Master", List.of("--port", "0", "--webui-port", "0"), List.of());
    url = "spark://127.0.0.1:" + master.waitForErr(PORT, 1, LIMIT_MILLIS).group(1);
    for (String address : List.of("127.0.0.1", "127.0.0.2")) {
      List<String> options = new ArrayList<>(List.of("--port", "0", "--webui-port", "0"));
      options.addAll(List.of("--cores", "1", "--memory", "1g"));
      options.addAll(List.of("--work-dir", folder.resolve("work-" + address).toString()));
      workers.add(daemon(address, "worker.Worker", options, List.of(url)));
    }
    master.waitForErr(WORKER, workers.size(), LIMIT_MILLIS);
  }

  private Driver daemon(String address, String name, List<String> options, List<String> last)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("org.apache.spark.deploy." + name));
    command.addAll(List.of("--host", address));
    command.addAll(options);
    command.addAll(last);
    return Driver.start(folder, home.process(folder, address, command));
  }

  /** {@code spark-submit} of the job jar to this cluster. */
  Driver submit(List<String> options, List<String> args) throws IOException {
    Driver driver = home.submit(folder, url, options, args);
    drivers.add(driver);
    return driver;
  }

  /** The executors that run now, the latest first: those of an ended sweep may still be leaving. */
  List<ProcessHandle> executors() {
    return workers.stream()
        .flatMap(Driver::children)
        .filter(ProcessHandle::isAlive)
        .sorted(
            Comparator.comparing(
                    (ProcessHandle executor) -> executor.info().startInstant().orElse(Instant.MIN))
                .reversed())
        .toList();
  }

  /** Sends a signal, such as {@code STOP}, to a process that was started here. */
  static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
    String[] command = {"kill", "-" + name, Long.toString(process.pid())};
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException("no such process: " + process.pid());
    }
  }

  /** Ends every process that was started here. */
  @Override
  public void close() {
    drivers.forEach(Driver::close);
    for (ProcessHandle executor : executors()) {
      executor.destroyForcibly();
    }
    workers.forEach(Driver::close);
    if (master != null) {
      master.close();
    }
  }
}
