package io.kvsweep.jobs.cli;

import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Options of commands that run on Spark. */
public final class SparkOptions {
  @Option(
      names = "--master",
      paramLabel = "M",
      description =
          "Spark master of an embedded run, such as local[2] (default: local[*]; under spark-submit its master).")
  private String master;

  @Option(names = "--spark-ui", description = "Serve Spark's web interface.")
  private boolean ui;

  /** Opens a session for this command. */
  public SessionFactory.Session open(String appName) {
    return SessionFactory.open(appName, Optional.ofNullable(master), ui);
  }

  /** A session that is opened when first asked for: bad input is found before Spark starts. */
  public Lazy lazy(String appName) {
    Optional.ofNullable(master).ifPresent(SessionFactory::checkMaster);
    return new Lazy(appName);
  }

  /** See {@link #lazy}. Belongs to one thread. */
  public final class Lazy implements AutoCloseable {
    private final String appName;
    private SessionFactory.Session session;

    private Lazy(String appName) {
      this.appName = appName;
    }

    /** The session, opened now if it was not yet. */
    public SparkSession get() {
      if (session == null) {
        session = open(appName);
      }
      return session.spark();
    }

    @Override
    public void close() {
      if (session != null) {
        session.close();
      }
    }
  }
}
