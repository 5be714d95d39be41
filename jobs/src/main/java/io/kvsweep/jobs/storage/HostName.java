package io.kvsweep.jobs.storage;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Name of this machine, for people. */
public final class HostName {
  private HostName() {}

  public static String current() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // Containers often have no name for themselves; that is no reason to stop.
      return "unknown host";
    }
  }
}
