package io.kvsweep.datasets.canonical;

import java.util.List;
import java.util.Objects;

/**
 * One Parquet file of a dataset.
 *
 * @param path relative to the dataset, with forward slashes
 * @param bytes its length
 * @param sha256 hash of the file, lower-case hexadecimal
 * @param prompts whose blocks it holds
 */
public record DataFile(String path, long bytes, String sha256, List<PromptKey> prompts) {
  public DataFile {
    Objects.requireNonNull(sha256);
    prompts = List.copyOf(prompts);
    boolean climbs =
        List.of(path.split("/", -1)).stream().anyMatch(p -> p.isEmpty() || p.equals(".."));
    if (climbs || path.indexOf(':') >= 0 || path.indexOf('\\') >= 0) {
      throw new IllegalArgumentException(
          "file path '%s' must be relative to the dataset and stay inside it".formatted(path));
    }
  }
}
