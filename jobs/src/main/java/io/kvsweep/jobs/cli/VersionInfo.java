package io.kvsweep.jobs.cli;

import io.kvsweep.jobs.results.CodeVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says. */
final class VersionInfo implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"kvsweep " + CodeVersion.current()};
  }
}
