package io.kvsweep.jobs.results;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The commit this build was made of, as the build stamped it. */
public final class CodeVersion {
  private static final String RESOURCE = "/io/kvsweep/jobs/git.properties";

  private CodeVersion() {}

  /**
   * Abbreviated commit, with {@code -dirty} if the tree held changes; {@code unknown} for a build
   * outside git.
   */
  public static String current() {
    Properties properties = new Properties();
    try (InputStream in = CodeVersion.class.getResourceAsStream(RESOURCE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCE, e);
    }
    return of(properties);
  }

  static String of(Properties properties) {
    String commit = properties.getProperty("git.commit.id.abbrev", "");
    if (commit.isBlank()) {
      return "unknown";
    }
    return commit + (properties.getProperty("git.dirty", "false").equals("true") ? "-dirty" : "");
  }
}
