package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;

/**
 * A folder of Parquet with the canonical columns by any writer, beside a {@code dataset.json} that
 * needs only models and prompts.
 */
record ForeignDataset(
    DatasetManifest manifest, List<BlockFile> files, List<ParquetPrompt> prompts) {
  /** A row group beyond this makes every read of one of its blocks dear. */
  private static final long LARGE_GROUP = 256L << 20;

  static ForeignDataset open(
      Store store, ImportPaths.ForeignFolder folder, Consumer<String> progress) {
    List<Path> paths =
        folder.files().isEmpty()
            ? store.parquetFiles(store.root())
            : folder.files().stream().map(file -> new Path(file.toUri())).toList();
    return open(store, paths, folder.files().isEmpty(), progress);
  }

  /**
   * @param all whether every prompt of the manifest must be in these files
   */
  static ForeignDataset open(
      Store store, List<Path> paths, boolean all, Consumer<String> progress) {
    String place = Store.show(store.root());
    Path json = store.path(Dataset.MANIFEST);
    DatasetManifest manifest = ManifestReader.read(store.readAll(json), Store.show(json), false);
    if (paths.isEmpty()) {
      throw new InvalidInputException(
          "%s: no *.parquet files; put them beside %s".formatted(place, Dataset.MANIFEST));
    }
    ParquetScan scan = new ParquetScan();
    List<BlockFile> files = new ArrayList<>();
    for (Path path : paths) {
      progress.accept("checking " + Store.show(path));
      BlockFile file = BlockFile.open(store, path);
      file.groups().stream()
          .filter(group -> group.getTotalByteSize() > LARGE_GROUP)
          .findFirst()
          .ifPresent(
              group ->
                  progress.accept(
                      "note: %s has a row group of %d MB, which must fit in memory; write smaller ones (row_group_size)"
                          .formatted(file.place(), group.getTotalByteSize() >> 20)));
      scan.add(file);
      files.add(file);
    }
    return new ForeignDataset(manifest, files, prompts(manifest, scan, all, place));
  }

  private static List<ParquetPrompt> prompts(
      DatasetManifest manifest, ParquetScan scan, boolean all, String place) {
    Map<PromptKey, PromptInfo> listed = manifest.promptsByKey();
    for (PromptKey key : scan.keys()) {
      if (!listed.containsKey(key)) {
        throw new InvalidInputException(
            "%s: the Parquet files hold prompt '%s', which %s does not list; add it there (model, prompt, tokens, first_position)"
                .formatted(place, key, Dataset.MANIFEST));
      }
    }
    List<ParquetPrompt> out = new ArrayList<>();
    for (PromptInfo prompt : manifest.prompts()) {
      if (all || scan.keys().contains(prompt.key())) {
        out.add(scan.prompt(manifest.model(prompt.model()), prompt.head(), place));
      }
    }
    if (out.isEmpty()) {
      throw new InvalidInputException(
          "%s: %s lists no prompts; add them (model, prompt, tokens, first_position)"
              .formatted(place, Dataset.MANIFEST));
    }
    return out;
  }

  List<Supplier<PromptSource>> sources() {
    List<Supplier<PromptSource>> out = new ArrayList<>();
    prompts.forEach(prompt -> out.add(() -> prompt));
    return out;
  }
}
