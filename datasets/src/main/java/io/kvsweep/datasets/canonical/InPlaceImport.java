package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.TensorSpec;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * Checks a folder of foreign Parquet that is to be used where it lies, and completes its {@code
 * dataset.json}. The Parquet files are not touched.
 */
final class InPlaceImport {
  private final Store store;
  private final Configuration conf;
  private final Consumer<String> progress;

  InPlaceImport(Store store, Configuration conf, Consumer<String> progress) {
    this.store = store;
    this.conf = conf;
    this.progress = progress;
  }

  @SuppressWarnings("try") // the lock is held, not used
  ImportSummary run() {
    try (ImportLock lock = ImportLock.acquire(store);
        Transaction transaction = new Transaction(store, conf, false)) {
      ForeignDataset dataset =
          ForeignDataset.open(store, store.parquetFiles(store.root()), true, progress);
      long total =
          dataset.prompts().stream()
              .flatMap(prompt -> prompt.tensors().stream())
              .mapToLong(TensorSpec::bytes)
              .sum();
      BlockPump pump = new BlockPump(new Progress(progress, "checked", total));
      List<PromptInfo> prompts = new ArrayList<>();
      int added = 0;
      long values = 0;
      long bytes = 0;
      Map<PromptKey, PromptInfo> before = dataset.manifest().promptsByKey();
      for (ParquetPrompt source : dataset.prompts()) {
        source.extents().forEach(InPlaceImport::checkSize);
        PromptInfo prompt = CaptureImporter.hash(source, pump);
        PromptInfo known = before.get(prompt.key());
        if (known.tensors().isEmpty()) {
          added++;
          values += source.tensors().stream().mapToLong(t -> t.shape().values()).sum();
          bytes += source.tensors().stream().mapToLong(TensorSpec::bytes).sum();
        } else {
          CaptureImporter.checkSame(known, prompt, source.place(), "in the dataset already");
        }
        prompts.add(prompt);
        source.close();
      }
      transaction.adopt(prompts, dataset.files().stream().map(f -> file(dataset, f)).toList());
      transaction.commit();
      return new ImportSummary(added, prompts.size() - added, values, bytes);
    }
  }

  /** Readers rely on the limit to skip blocks that cannot reach the tokens they want. */
  private static void checkSize(ParquetPrompt.Extent extent) {
    Block block = extent.block();
    if (block.tokens() > 1 && block.bytes() > Block.MAX_BYTES) {
      throw new InvalidInputException(
          "%s: %s has %d bytes; a block may have %d: import with another --out to have it cut"
              .formatted(extent.file().place(), block.name(), block.bytes(), Block.MAX_BYTES));
    }
  }

  private DataFile file(ForeignDataset dataset, BlockFile file) {
    TreeSet<PromptKey> keys = new TreeSet<>();
    for (ParquetPrompt prompt : dataset.prompts()) {
      if (prompt.extents().stream().anyMatch(extent -> extent.file() == file)) {
        keys.add(new PromptKey(prompt.prompt().model(), prompt.prompt().prompt()));
      }
    }
    MessageDigest digest = Hashes.sha256();
    long length = store.digest(file.path(), digest);
    return new DataFile(store.relative(file.path()), length, Hashes.hex(digest), List.copyOf(keys));
  }
}
