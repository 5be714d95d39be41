package io.kvsweep.datasets.canonical;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The footers of the files that were read last, so that many reads of a prompt parse them once. */
final class OpenFiles {
  private final Store store;
  private final Map<String, BlockFile> files;

  /**
   * @param kept number of footers
   */
  OpenFiles(Store store, int kept) {
    this.store = store;
    this.files =
        Collections.synchronizedMap(
            new LinkedHashMap<>(16, 0.75f, true) {
              private static final long serialVersionUID = 1L;

              @Override
              protected boolean removeEldestEntry(Map.Entry<String, BlockFile> eldest) {
                return size() > kept;
              }
            });
  }

  /**
   * A file, opened if its footer is not kept.
   *
   * @param path below the root
   */
  BlockFile get(String path) {
    BlockFile known = files.get(path);
    if (known == null) {
      known = BlockFile.open(store, store.path(path)); // without keeping others from theirs
      files.put(path, known);
    }
    return known;
  }

  int kept() {
    return files.size();
  }
}
