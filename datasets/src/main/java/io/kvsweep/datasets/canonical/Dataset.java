package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** An open canonical dataset: its folder and what {@code dataset.json} says. Immutable. */
public final class Dataset {
  /** Name of the manifest in the dataset's folder. */
  public static final String MANIFEST = "dataset.json";

  private final Store store;
  private final DatasetManifest manifest;

  private Dataset(Store store, DatasetManifest manifest) {
    this.store = store;
    this.manifest = manifest;
  }

  /**
   * Opens a dataset; reads {@code dataset.json} only.
   *
   * @throws InvalidInputException if the folder is missing, is no dataset, is empty, incomplete or
   *     written by a newer kvsweep
   */
  public static Dataset open(Path root, Configuration conf) {
    Store store = new Store(root, conf);
    String place = Store.show(store.root());
    if (!store.isFolder(store.root())) {
      throw new InvalidInputException(
          "%s: no such dataset folder; make it with 'kvsweep import CAPTURE... --out %s'"
              .formatted(place, place));
    }
    Path json = store.path(MANIFEST);
    if (!store.exists(json)) {
      throw new InvalidInputException(
          "%s: no dataset, %s is missing; give the folder that 'kvsweep import CAPTURE... --out DATASET' wrote"
              .formatted(place, MANIFEST));
    }
    DatasetManifest manifest = ManifestReader.read(store.readAll(json), Store.show(json), false);
    if (manifest.prompts().isEmpty()) {
      throw new InvalidInputException(
          "%s: the dataset is empty, %s lists no prompt; add some with 'kvsweep import CAPTURE... --out %s'"
              .formatted(place, MANIFEST, place));
    }
    checkComplete(manifest, place);
    return new Dataset(store, ManifestReader.read(store.readAll(json), Store.show(json), true));
  }

  /** Refuses a manifest that lists prompts without their tensors and files. */
  static void checkComplete(DatasetManifest manifest, String place) {
    for (PromptInfo prompt : manifest.prompts()) {
      if (prompt.tensors().isEmpty() || manifest.files(prompt.key()).isEmpty()) {
        throw new InvalidInputException(
            "%s: %s lists no tensors or no files of prompt '%s'; complete it with 'kvsweep import %s --out %s'"
                .formatted(place, MANIFEST, prompt.key(), place, place));
      }
    }
  }

  /** The qualified folder. */
  public Path root() {
    return store.root();
  }

  /** What the dataset holds. */
  public DatasetManifest manifest() {
    return manifest;
  }

  Store store() {
    return store;
  }
}
