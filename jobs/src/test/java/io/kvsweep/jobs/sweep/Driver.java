package io.kvsweep.jobs.sweep;

import io.kvsweep.jobs.Main;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process that a test started: a kvsweep with the class path and the module options of this JVM,
 * or a part of a cluster.
 */
final class Driver implements AutoCloseable {
  private static final long LIMIT_SECONDS = 300;

  private final Process process;
  private final Path out;
  private final Path err;

  private Driver(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts one.
   *
   * @param folder where what it says goes
   */
  static Driver start(Path folder, List<String> args) throws IOException {
    return start(folder, List.of(), args);
  }

  /**
   * Starts one.
   *
   * @param folder where what it says goes
   * @param options of its JVM beside those of this one
   */
  static Driver start(Path folder, List<String> options, List<String> args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-") || option.startsWith("-XX:"))
        .forEach(command::add);
    command.add("-Xmx512m");
    command.addAll(options);
    command.add("-Dlog4j2.configurationFile=classpath:io/kvsweep/jobs/embedded-log4j2.properties");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(args);
    return start(folder, new ProcessBuilder(command));
  }

  /**
   * Starts a process.
   *
   * @param folder where what it says goes
   */
  static Driver start(Path folder, ProcessBuilder builder) throws IOException {
    Path out = Files.createTempFile(folder, "driver", ".out");
    Path err = Files.createTempFile(folder, "driver", ".err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Driver(process, out, err);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** {@code kill -9}. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** {@code kill}, which is what Ctrl-C does too. */
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  /** Waits for its exit code. */
  int finish() throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the driver did not end");
    }
    return process.exitValue();
  }

  String out() throws IOException {
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  String err() throws IOException {
    return Files.readString(err, StandardCharsets.UTF_8);
  }

  /** Processes that it started, and that live. */
  Stream<ProcessHandle> children() {
    return process.children();
  }

  /** Waits until its standard error has this many finds, and gives the last of them. */
  MatchResult waitForErr(Pattern wanted, int finds, long millis)
      throws IOException, InterruptedException {
    for (long end = System.currentTimeMillis() + millis; System.currentTimeMillis() < end; ) {
      List<MatchResult> found = wanted.matcher(err()).results().toList();
      if (found.size() >= finds) {
        return found.get(finds - 1);
      }
      if (!isAlive()) {
        break;
      }
      Thread.sleep(20);
    }
    throw new IllegalStateException("'%s' not said by then:%n%s".formatted(wanted, err()));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
