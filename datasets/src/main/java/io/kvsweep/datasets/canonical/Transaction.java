package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Additions to a dataset, all or none. New folders are filled in {@code _staging}, moved to {@code
 * tensors} and become part of the dataset when {@code dataset.json} is replaced, last and in one
 * step. Whatever a killed import leaves behind is in no manifest, hence harmless; the next import
 * sweeps it. Only under an {@link ImportLock}; where that keeps nobody away, of two imports at once
 * the one that commits last is refused, but in the moment in which the other commits.
 */
final class Transaction implements AutoCloseable {
  private static final String STAGING = "_staging";

  /** A file there that was not written to for so long is of an import that is dead. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  private static final String TENSORS = "tensors/";

  /** A file holds whole tensors until it reaches this. */
  private static final long FILE_BYTES = 256L << 20;

  private final String staging = STAGING + "/" + UUID.randomUUID();
  private final Store store;
  private final Configuration conf;
  private final byte[] manifestBefore;
  private final Map<String, ModelInfo> models = new TreeMap<>();
  private final Set<String> queried = new TreeSet<>(); // models with queries, not moments alone
  private final Map<PromptKey, PromptInfo> prompts = new TreeMap<>();
  private final Map<String, DataFile> files = new TreeMap<>();
  private final List<String> staged = new ArrayList<>();
  private final List<String> moved = new ArrayList<>();
  private boolean committed;

  /**
   * @param complete whether a manifest that is there must be complete; without, for one that is to
   *     be completed
   */
  Transaction(Store store, Configuration conf, boolean complete) {
    this.store = store;
    this.conf = conf;
    Path json = store.path(Dataset.MANIFEST);
    boolean existing = store.exists(json);
    this.manifestBefore = existing ? store.readAll(json) : null;
    DatasetManifest before =
        existing
            ? ManifestReader.read(manifestBefore, Store.show(json), false)
            : new DatasetManifest(List.of(), List.of(), List.of());
    if (complete) {
      Dataset.checkComplete(before, Store.show(store.root()));
    }
    before.models().forEach(model -> models.put(model.model(), model));
    for (PromptInfo prompt : before.prompts()) {
      prompts.put(prompt.key(), prompt);
      if (prompt.tensors().stream().anyMatch(tensor -> tensor.kind() == TensorKind.QUERY)) {
        queried.add(prompt.model());
      }
    }
    before.files().forEach(file -> files.put(file.path(), file));
    // On a local disk the lock tells that nobody else is at work there.
    store.deleteOld(store.path(STAGING), store.isLocal() ? Duration.ZERO : ABANDONED);
  }

  /** The prompt as it is in the dataset or was added before, or null. */
  PromptInfo known(PromptKey key) {
    return prompts.get(key);
  }

  /** Adds the model of a source or checks it against the one of that name. */
  void model(PromptSource source) {
    ModelInfo model = source.model();
    boolean queries =
        source.tensors().stream().anyMatch(tensor -> tensor.kind() == TensorKind.QUERY);
    models.merge(
        model.model(),
        model,
        (known, next) ->
            Models.merge(known, queried.contains(known.model()), next, queries, source.place()));
    if (queries) {
      queried.add(model.model());
    }
  }

  /** Writes all tensors of a prompt into the staging area. */
  PromptInfo stage(PromptSource source, BlockPump pump) {
    PromptKey key = new PromptKey(source.prompt().model(), source.prompt().prompt());
    String folder = TENSORS + Slug.of(key) + "/";
    if (files.keySet().stream().anyMatch(path -> path.startsWith(folder))) {
      throw new InvalidInputException(
          "%s: prompt '%s' needs the folder '%s', which holds files of another prompt; rename one of them"
              .formatted(source.place(), key, folder));
    }
    Path target = store.path(staging + "/" + folder);
    store.makeFolder(target);
    staged.add(folder);
    try {
      List<TensorInfo> tensors = new ArrayList<>();
      int part = 0;
      for (List<TensorSpec> group : parts(source.tensors())) {
        String name = "part-%05d.parquet".formatted(part++);
        tensors.addAll(writePart(source, group, key, folder + name, pump));
      }
      PromptInfo prompt = PromptInfo.of(source.prompt(), tensors);
      prompts.put(key, prompt);
      return prompt;
    } catch (IOException e) {
      throw Store.failed("cannot be written", store.path(folder), e);
    }
  }

  private List<TensorInfo> writePart(
      PromptSource source, List<TensorSpec> tensors, PromptKey key, String path, BlockPump pump)
      throws IOException {
    int largest =
        tensors.stream().mapToInt(t -> Block.tokensPerBlock(t) * t.rowBytes()).max().orElseThrow();
    MessageDigest digest = Hashes.sha256();
    Path target = store.path(staging + "/" + path);
    List<TensorInfo> out = new ArrayList<>();
    try (BlockWriter writer = new BlockWriter(store.output(target, digest), largest, conf)) {
      for (TensorSpec tensor : tensors) {
        out.add(pump.pump(source, tensor, writer::write));
      }
    }
    files.put(path, new DataFile(path, store.length(target), Hashes.hex(digest), List.of(key)));
    return out;
  }

  private static List<List<TensorSpec>> parts(List<TensorSpec> tensors) {
    List<List<TensorSpec>> out = new ArrayList<>();
    long bytes = FILE_BYTES;
    for (TensorSpec tensor : tensors) {
      if (bytes >= FILE_BYTES) {
        out.add(new ArrayList<>());
        bytes = 0;
      }
      out.get(out.size() - 1).add(tensor);
      bytes += tensor.bytes();
    }
    return out;
  }

  /** Takes in all prompts and files of a folder, which are in their places already. */
  void adopt(List<PromptInfo> newPrompts, List<DataFile> newFiles) {
    files.clear();
    newPrompts.forEach(prompt -> prompts.put(prompt.key(), prompt));
    newFiles.forEach(file -> files.put(file.path(), file));
  }

  /** Makes everything added part of the dataset. */
  void commit() {
    Path json = store.path(Dataset.MANIFEST);
    byte[] now = store.exists(json) ? store.readAll(json) : null;
    if (!Arrays.equals(now, manifestBefore)) {
      throw new InvalidInputException(
          "%s changed during the import; another import runs on this dataset: wait for it and try again"
              .formatted(Store.show(json)));
    }
    for (String folder : staged) {
      Path target = store.path(folder);
      if (store.exists(target)) {
        store.delete(target); // in no manifest: left over from a killed import
      }
      moved.add(folder);
      store.move(store.path(staging + "/" + folder), target);
    }
    DatasetManifest after =
        new DatasetManifest(
            List.copyOf(models.values()),
            List.copyOf(prompts.values()),
            files.values().stream().sorted(Comparator.comparing(DataFile::path)).toList());
    Path partial = store.path(staging + "/" + Dataset.MANIFEST);
    store.replace(json, partial, after.toJson());
    committed = true;
  }

  /** Removes what was not committed. */
  @Override
  public void close() {
    if (!committed) {
      moved.forEach(folder -> store.delete(store.path(folder)));
    }
    store.delete(store.path(staging));
    store.deleteIfEmpty(store.path(STAGING));
    if (!committed) {
      store.deleteIfEmpty(store.path(TENSORS));
    }
  }
}
