package io.kvsweep.jobs.cli;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import io.kvsweep.udfs.sql.KvSweepExtensions;
import java.io.File;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Opens a Spark session: that of spark-submit where there is one, else an embedded one that listens
 * on the loopback only and leaves nothing in the working directory.
 */
public final class SessionFactory {
  /**
   * SQL settings that our plans and our users' queries rely on, also under spark-submit. A batch of
   * Spark's default 4096 rows with a tensor block each would not fit any heap.
   */
  private static final Map<String, String> SQL =
      Map.of(
          "spark.sql.session.timeZone", "UTC",
          // A result row has more columns than Spark's 25, and Spark warns about that.
          "spark.sql.debug.maxToStringFields", "200",
          "spark.sql.parquet.columnarReaderBatchSize", "4");

  /**
   * A setting of Hadoop's, by which Parquet compares pages with their checksums. Results are not
   * compressed: without it a flipped bit is another number.
   */
  private static final String PAGE_CHECKSUMS = "parquet.page.verify-checksum.enabled";

  private static final String LOCAL = "local[*]";

  /**
   * Masters as Spark reads them. Of yarn and k8s it depends on the class path whether they work.
   */
  private static final Pattern MASTER =
      Pattern.compile(
          "local|local\\[(0*[1-9][0-9]*|\\*)(\\s*,\\s*[0-9]+)?\\]"
              + "|local-cluster\\[\\s*[0-9]+\\s*,\\s*[0-9]+\\s*,\\s*[0-9]+\\s*\\]"
              + "|spark://[^,/]+:[0-9]+(,[^,/]+:[0-9]+)*|k8s://.+|yarn");

  private static final String EXTENSIONS = "spark.sql.extensions";

  private SessionFactory() {}

  /** A session that is stopped when closed, unless it was there before. */
  public record Session(SparkSession spark, boolean ours) implements AutoCloseable {
    @Override
    public void close() {
      if (ours) {
        spark.stop();
      }
    }
  }

  /**
   * Opens or joins a session.
   *
   * @param appName shown by cluster managers
   * @param master of an embedded run; not allowed to contradict spark-submit
   * @param ui whether to serve the web interface
   * @throws InvalidInputException if the master is none
   */
  public static Session open(String appName, Optional<String> master, boolean ui) {
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession running = SparkSession.getDefaultSession().get();
      SQL.forEach((key, value) -> running.conf().set(key, value));
      running.sparkContext().hadoopConfiguration().setBoolean(PAGE_CHECKSUMS, true);
      return new Session(running, false);
    }
    SparkConf given = new SparkConf();
    boolean submitted = given.contains("spark.master");
    if (submitted && master.isPresent() && !master.get().equals(given.get("spark.master"))) {
      throw new InvalidInputException(
          "--master %s contradicts spark-submit's master %s; drop one of them"
              .formatted(master.get(), given.get("spark.master")));
    }
    SparkSession.Builder builder = SparkSession.builder().appName(appName);
    SQL.forEach(builder::config);
    builder.config("spark.hadoop." + PAGE_CHECKSUMS, true);
    builder.config(EXTENSIONS, extensions(given));
    if (!submitted) {
      embedded(master.orElse(LOCAL), ui).entrySet().stream()
          // What the user set by -Dspark... wins.
          .filter(setting -> !given.contains(setting.getKey()))
          .forEach(setting -> builder.config(setting.getKey(), setting.getValue()));
    }
    SparkSession spark =
        start(builder, submitted ? given.get("spark.master") : master.orElse(LOCAL));
    if (!submitted) {
      QuietShutdown.install();
    }
    return new Session(spark, true);
  }

  private static SparkSession start(SparkSession.Builder builder, String master) {
    try {
      return builder.getOrCreate();
    } catch (Exception e) { // Scala throws checked ones too, and declares none
      throw new InvalidInputException(
          ("cannot start Spark on master '%s': %s; check the master and that it runs Spark %s, or start"
                  + " jobs/target/kvsweep.jar by the cluster's own spark-submit (yarn and k8s need that)")
              .formatted(master, Reason.of(e), org.apache.spark.package$.MODULE$.SPARK_VERSION()),
          e);
    }
  }

  /** Ours beside those of the user. */
  private static String extensions(SparkConf given) {
    String ours = KvSweepExtensions.class.getName();
    String theirs = given.get(EXTENSIONS, "");
    return theirs.isBlank() ? ours : theirs.contains(ours) ? theirs : theirs + "," + ours;
  }

  /**
   * Refuses what no Spark would take, before any work.
   *
   * @throws InvalidInputException if it is no master
   */
  static void checkMaster(String master) {
    if (!MASTER.matcher(master).matches()) {
      throw new InvalidInputException(
          "'%s' is no Spark master: expected local[*], local[N], spark://HOST:PORT, yarn or k8s://..."
              .formatted(master));
    }
  }

  static Map<String, String> embedded(String master, boolean ui) {
    checkMaster(master);
    Map<String, String> conf = new LinkedHashMap<>();
    conf.put("spark.master", master);
    conf.put("spark.ui.enabled", Boolean.toString(ui));
    conf.put("spark.ui.showConsoleProgress", "false");
    // Result rows have more columns than Spark likes to print, and it warns about that.
    conf.put("spark.sql.debug.maxToStringFields", "200");
    // Spark makes this folder as soon as a catalogue is asked for, by default where the user
    // stands.
    conf.put(
        "spark.sql.warehouse.dir",
        new File(
                System.getProperty("java.io.tmpdir"),
                "kvsweep-warehouse-" + ProcessHandle.current().pid())
            .toURI()
            .toString());
    if (!master.matches("local(\\[.*)?")) {
      // Other machines have Spark, but not us.
      jobJar().ifPresent(jar -> conf.put("spark.jars", jar));
    }
    if (master.startsWith("local")) {
      conf.put("spark.driver.bindAddress", "127.0.0.1");
      conf.put("spark.driver.host", "127.0.0.1");
    }
    return conf;
  }

  /** The jar that this class is from; none in a build's tests. */
  private static Optional<String> jobJar() {
    String place =
        SessionFactory.class.getProtectionDomain().getCodeSource().getLocation().toString();
    return place.endsWith(".jar") ? Optional.of(place) : Optional.empty();
  }
}
