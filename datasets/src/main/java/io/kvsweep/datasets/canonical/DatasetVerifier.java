package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.TensorSpec;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads a whole dataset again and compares it with its manifest: sha256 of files and tensors, row
 * checksums, shapes, coverage, finite values. Finds all problems, not only the first. Memory: one
 * row group.
 */
public final class DatasetVerifier {
  private final Dataset dataset;
  private final Progress progress;
  private final List<String> problems = new ArrayList<>();
  private int files;
  private int tensors;
  private long values;

  private DatasetVerifier(Dataset dataset, Consumer<String> progress) {
    this.dataset = dataset;
    long bytes =
        dataset.manifest().files().stream().mapToLong(DataFile::bytes).sum()
            + dataset.manifest().prompts().stream()
                .flatMap(prompt -> prompt.tensors().stream())
                .mapToLong(tensor -> tensor.spec().bytes())
                .sum();
    this.progress = new Progress(progress, "verified", bytes);
  }

  /**
   * What a verification found.
   *
   * @param problems one message each, with its place; empty if all is well
   * @param files files whose length and sha256 are right
   * @param tensors tensors whose blocks and sha256 are right
   * @param values numbers in these
   */
  public record Report(List<String> problems, int files, int tensors, long values) {
    public Report {
      problems = List.copyOf(problems);
    }

    /** Whether nothing is wrong. */
    public boolean ok() {
      return problems.isEmpty();
    }
  }

  /**
   * Verifies a dataset.
   *
   * @param progress takes a line every few seconds
   * @throws InvalidInputException if it cannot even be opened
   */
  public static Report verify(Path root, Configuration conf, Consumer<String> progress) {
    DatasetVerifier verifier = new DatasetVerifier(Dataset.open(root, conf), progress);
    for (DataFile file : verifier.dataset.manifest().files()) {
      verifier.attempt(() -> verifier.file(file));
    }
    for (PromptInfo prompt : verifier.dataset.manifest().prompts()) {
      verifier.attempt(() -> verifier.prompt(prompt));
    }
    return new Report(verifier.problems, verifier.files, verifier.tensors, verifier.values);
  }

  private void attempt(Runnable check) {
    try {
      check.run();
    } catch (InvalidInputException e) {
      problems.add(e.getMessage());
    }
  }

  private void file(DataFile file) {
    Path path = dataset.store().path(file.path());
    MessageDigest digest = Hashes.sha256();
    long length = dataset.store().digest(path, digest);
    progress.advance(length, file.path());
    String sha256 = Hashes.hex(digest);
    if (length != file.bytes() || !sha256.equals(file.sha256())) {
      throw new InvalidInputException(
          "%s: %d bytes with sha256 %s; %s says %d bytes with %s: copy or import it again"
              .formatted(
                  Store.show(path), length, sha256, Dataset.MANIFEST, file.bytes(), file.sha256()));
    }
    files++;
  }

  private void prompt(PromptInfo prompt) {
    ParquetScan scan = new ParquetScan();
    for (DataFile file : dataset.manifest().files(prompt.key())) {
      scan.add(BlockFile.open(dataset.store(), dataset.store().path(file.path())));
    }
    String place = Store.show(dataset.root());
    try (ParquetPrompt source =
        scan.prompt(dataset.manifest().model(prompt.model()), prompt.head(), place)) {
      List<TensorSpec> expected = prompt.tensors().stream().map(TensorInfo::spec).toList();
      if (!source.tensors().equals(expected)) {
        throw new InvalidInputException(
            "%s: prompt '%s': the files hold %s; %s says %s: import it again"
                .formatted(
                    source.place(), prompt.key(), source.tensors(), Dataset.MANIFEST, expected));
      }
      BlockPump pump = new BlockPump(progress);
      for (TensorInfo tensor : prompt.tensors()) {
        attempt(() -> tensor(source, tensor, pump));
      }
    }
  }

  private void tensor(ParquetPrompt source, TensorInfo tensor, BlockPump pump) {
    TensorInfo actual;
    try {
      actual = pump.pump(source, tensor.spec(), block -> {});
    } catch (IOException e) {
      throw new AssertionError("nothing is written", e);
    }
    if (!actual.sha256().equals(tensor.sha256())) {
      throw new InvalidInputException(
          "%s: %s/%s %s: sha256 of the values is %s; %s says %s: import it again"
              .formatted(
                  source.place(),
                  source.prompt().model(),
                  source.prompt().prompt(),
                  tensor.name(),
                  actual.sha256(),
                  Dataset.MANIFEST,
                  tensor.sha256()));
    }
    tensors++;
    values += tensor.shape().values();
  }
}
