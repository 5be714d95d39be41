package io.kvsweep.datasets.canonical;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Folder name of a prompt: {@code <model>__<prompt>} where that is safe everywhere, else made safe
 * and told apart by a hash of the names.
 */
final class Slug {
  private static final int MAX = 120;

  private Slug() {}

  static String of(PromptKey key) {
    String plain = key.model() + "__" + key.prompt();
    // Leading _ and . hide a folder from Hadoop and Spark.
    String safe = plain.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[._-]+", "");
    if (safe.isEmpty()) {
      safe = "prompt";
    }
    if (safe.length() > MAX) {
      safe = safe.substring(0, MAX);
    }
    // A second "__" or one at the seam makes the split ambiguous; capitals collide on file systems
    // that ignore case.
    boolean ambiguous =
        plain.indexOf("__") != plain.lastIndexOf("__")
            || plain.chars().anyMatch(Character::isUpperCase);
    return safe.equals(plain) && !ambiguous ? safe : safe + "-" + hash(key);
  }

  private static String hash(PromptKey key) {
    MessageDigest digest = Hashes.sha256();
    digest.update((key.model() + "\n" + key.prompt()).getBytes(StandardCharsets.UTF_8));
    return Hashes.hex(digest).substring(0, 8);
  }
}
