package io.kvsweep.jobs.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * An installed Spark, as far as a cluster needs one: its jars out of the Maven repository and a
 * {@code spark-class}. Made once per build folder, {@code target/spark-VERSION}.
 */
record SparkHome(Path folder) {
  private static final Path SOURCE = Path.of("src", "test", "spark-home");

  /** The Spark that kvsweep is built against. */
  static SparkHome standard() throws IOException, InterruptedException {
    return of(property("kvsweep.spark"));
  }

  static SparkHome of(String version) throws IOException, InterruptedException {
    Path folder = Path.of("target", "spark-" + version).toAbsolutePath();
    Path jars = folder.resolve("jars");
    if (!Files.isDirectory(jars)) {
      Path part = folder.resolve("jars.part");
      copyJars(version, part);
      Files.move(part, jars);
    }
    Files.createDirectories(folder.resolve("conf"));
    Files.createDirectories(folder.resolve("bin"));
    Files.copy(
        SOURCE.resolve("bin/spark-class"),
        folder.resolve("bin/spark-class"),
        StandardCopyOption.REPLACE_EXISTING);
    return new SparkHome(folder);
  }

  private static void copyJars(String version, Path to) throws IOException, InterruptedException {
    Process maven =
        new ProcessBuilder(
                property("kvsweep.mvn"),
                "-B",
                "-q",
                "-ntp",
                "-f",
                SOURCE.resolve("pom.xml").toString(),
                "-Dmaven.repo.local=" + property("kvsweep.repository"),
                "-Dspark.version=" + version,
                "-DoutputDirectory=" + to,
                "dependency:copy-dependencies")
            .inheritIO()
            .start();
    if (maven.waitFor() != 0) {
      throw new IOException("Maven could not copy the jars of Spark " + version + " to " + to);
    }
  }

  /** The job jar, as built before these tests. */
  static String jobJar() {
    return property("kvsweep.jar");
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: run 'mvn verify -Pcluster'");
    }
    return value;
  }

  /**
   * A process of one of Spark's classes. Its process id stays that of the class, by {@code exec}.
   *
   * @param folder working directory; Spark's scratch files go below it
   * @param address on the loopback, the only one that it listens on
   */
  ProcessBuilder process(Path folder, String address, List<String> command) {
    List<String> whole = new ArrayList<>();
    whole.add("bash");
    whole.add(this.folder.resolve("bin/spark-class").toString());
    whole.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(whole).directory(folder.toFile());
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("SPARK_"));
    environment.put("SPARK_HOME", this.folder.toString());
    environment.put("SPARK_LOCAL_IP", address);
    environment.put("SPARK_LOCAL_DIRS", folder.resolve("scratch").toString());
    environment.put("SPARK_DAEMON_MEMORY", "256m");
    environment.put(
        "SPARK_DAEMON_JAVA_OPTS",
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dspark.master.rest.enabled=false");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  /**
   * {@code spark-submit} of the job jar.
   *
   * @param options of spark-submit, beside those that all share
   * @param args of kvsweep
   */
  Driver submit(Path folder, String master, List<String> options, List<String> args)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit", "--master", master));
    command.addAll(List.of("--driver-memory", "512m", "--executor-memory", "1g"));
    for (String setting :
        List.of(
            "spark.driver.host=127.0.0.1",
            "spark.ui.enabled=false",
            "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
            "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1")) {
      command.addAll(List.of("--conf", setting));
    }
    command.addAll(options);
    command.add(jobJar());
    command.addAll(args);
    return Driver.start(folder, process(folder, "127.0.0.1", command));
  }
}
