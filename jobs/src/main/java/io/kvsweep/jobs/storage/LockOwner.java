package io.kvsweep.jobs.storage;

import io.kvsweep.datasets.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/**
 * Who holds a lock.
 *
 * @param text for people: host, process and since when
 * @param token unique, as process numbers are not across hosts
 */
record LockOwner(String text, String token) {
  static LockOwner self() {
    String text =
        "host %s, process %d, since %s"
            .formatted(
                HostName.current(),
                ProcessHandle.current().pid(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    return new LockOwner(text, UUID.randomUUID().toString());
  }

  static LockOwner parse(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
    return lines.length < 2
        ? new LockOwner("unknown owner", "")
        : new LockOwner(lines[0], lines[1]);
  }

  byte[] toBytes() {
    return (text + "\n" + token + "\n").getBytes(StandardCharsets.UTF_8);
  }

  InvalidInputException overtaking(Path file) {
    return new InvalidInputException(
        "another sweep has taken over %s (%s), as this one did not renew its lock for %d minutes; this one stops, and what it published stays"
            .formatted(
                Storage.show(file.getParent().getParent()), text, LeaseLock.STALE.toMinutes()));
  }

  InvalidInputException refusal(Path file) {
    return new InvalidInputException(
        "another sweep is writing to %s (%s); wait for it to end, stop it, or give another --out"
            .formatted(Storage.show(file.getParent().getParent()), text));
  }
}
