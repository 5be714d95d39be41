package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.TensorKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Adds captures to a dataset, all or none. A prompt that is there already with the same content is
 * left alone; with other content it is an error. Memory: about 100 MB, whatever the captures' size.
 */
public final class CaptureImporter {
  /** Folders that a sweep makes in its output. */
  private static final List<String> RESULTS = List.of("results", "runs");

  private final Path root;
  private final Configuration conf;
  private final Consumer<String> progress;

  /**
   * @param root folder of the dataset; made if missing
   * @param progress takes a line at least every few seconds
   */
  public CaptureImporter(Path root, Configuration conf, Consumer<String> progress) {
    this.root = root;
    this.conf = conf;
    this.progress = progress;
  }

  /**
   * Imports safetensors captures and Parquet of the canonical columns.
   *
   * @param arguments files ({@code *.safetensors}, {@code *.parquet}), folders of captures, folders
   *     of Parquet with a {@code dataset.json}, or glob patterns
   * @throws InvalidInputException on anything wrong; the dataset is then as it was before
   */
  public ImportSummary importPaths(List<String> arguments) {
    ImportPaths paths = ImportPaths.resolve(arguments);
    Store store = store();
    List<Supplier<? extends PromptSource>> sources = new ArrayList<>();
    for (java.nio.file.Path capture : paths.captures()) {
      sources.add(() -> Capture.open(capture));
    }
    boolean inPlace = false;
    for (ImportPaths.ForeignFolder folder : paths.foreign()) {
      Store foreign = new Store(new Path(folder.folder().toUri()), conf);
      if (foreign.root().equals(store.root())) {
        inPlace = true;
      } else {
        sources.addAll(ForeignDataset.open(foreign, folder, progress).sources());
      }
    }
    if (!inPlace) {
      return importSources(sources);
    }
    if (!sources.isEmpty()) {
      throw new InvalidInputException(
          "%s: cannot be completed in place and added to at once; import it alone first, then the others"
              .formatted(Store.show(store.root())));
    }
    return new InPlaceImport(store, conf, progress).run();
  }

  /**
   * Imports from sources of any kind. Each is opened twice: once to check what it holds, before
   * anything is written, and once to be read.
   *
   * @throws InvalidInputException on anything wrong; the dataset is then as it was before
   */
  @SuppressWarnings("try") // the lock is held, not used
  public ImportSummary importSources(List<? extends Supplier<? extends PromptSource>> sources) {
    Store store = store();
    try (ImportLock lock = ImportLock.acquire(store);
        Transaction transaction = new Transaction(store, conf, true)) {
      long bytes = 0;
      for (Supplier<? extends PromptSource> supplier : sources) {
        try (PromptSource source = supplier.get()) {
          transaction.model(source);
          bytes += source.tensors().stream().mapToLong(TensorSpec::bytes).sum();
        }
      }
      BlockPump pump = new BlockPump(new Progress(progress, "imported", bytes));
      ImportSummary total = new ImportSummary(0, 0, 0, 0);
      Map<PromptKey, String> read = new HashMap<>();
      for (Supplier<? extends PromptSource> supplier : sources) {
        try (PromptSource source = supplier.get()) {
          total = add(transaction, source, pump, total, read);
        }
      }
      transaction.commit();
      return total;
    } catch (InvalidInputException e) {
      // With several it would be natural to take those before the one that failed for added.
      throw sources.size() < 2
          ? e
          : new InvalidInputException(e.getMessage() + "; nothing was added", e);
    }
  }

  /** The folder, if it can become a dataset. */
  private Store store() {
    Store store = new Store(root, conf);
    if (!store.exists(store.path(Dataset.MANIFEST))
        && RESULTS.stream().allMatch(folder -> store.isFolder(store.path(folder)))) {
      throw new InvalidInputException(
          "%s holds the results of sweeps (it has %s), expected a folder for a dataset: give another --out"
              .formatted(Store.show(store.root()), String.join("/, ", RESULTS) + "/"));
    }
    return store;
  }

  /**
   * @param read where the prompts come from that this import adds
   */
  private ImportSummary add(
      Transaction transaction,
      PromptSource source,
      BlockPump pump,
      ImportSummary sum,
      Map<PromptKey, String> read) {
    PromptKey key = new PromptKey(source.prompt().model(), source.prompt().prompt());
    PromptInfo known = transaction.known(key);
    if (known != null) {
      String where = read.containsKey(key) ? "in " + read.get(key) : "in the dataset already";
      checkSame(known, hash(source, pump), source.place(), where);
      progress.accept("unchanged " + key + " (" + source.place() + ")");
      return new ImportSummary(sum.added(), sum.unchanged() + 1, sum.values(), sum.bytes());
    }
    transaction.stage(source, pump);
    read.put(key, source.place());
    // Added it is with the others, at the end.
    progress.accept("read " + key + " (" + source.place() + ")");
    noteHalfLayers(key, source.tensors());
    long bytes = source.tensors().stream().mapToLong(TensorSpec::bytes).sum();
    long values = source.tensors().stream().mapToLong(t -> t.shape().values()).sum();
    return new ImportSummary(
        sum.added() + 1, sum.unchanged(), sum.values() + values, sum.bytes() + bytes);
  }

  /** A layer without its value has no attention to measure; that may be meant, or a slip. */
  private void noteHalfLayers(PromptKey key, List<TensorSpec> tensors) {
    Set<Integer> keys = layers(tensors, TensorKind.KEY);
    Set<Integer> values = layers(tensors, TensorKind.VALUE);
    noteMissing(key, "value", keys, values);
    noteMissing(key, "key", values, keys);
  }

  private void noteMissing(PromptKey key, String what, Set<Integer> layers, Set<Integer> having) {
    String without =
        layers.stream()
            .filter(layer -> !having.contains(layer))
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    if (!without.isEmpty()) {
      progress.accept(
          "note: %s has no %s tensor of layer %s: what needs both is not measured there"
              .formatted(key, what, without));
    }
  }

  private static Set<Integer> layers(List<TensorSpec> tensors, TensorKind kind) {
    return tensors.stream()
        .filter(tensor -> tensor.kind() == kind)
        .map(TensorSpec::layer)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static PromptInfo hash(PromptSource source, BlockPump pump) {
    List<TensorInfo> tensors = new ArrayList<>();
    try {
      for (TensorSpec tensor : source.tensors()) {
        tensors.add(pump.pump(source, tensor, block -> {}));
      }
    } catch (IOException e) {
      throw new AssertionError("nothing is written", e);
    }
    return PromptInfo.of(source.prompt(), tensors);
  }

  /**
   * @param where the known one is, in words
   */
  static void checkSame(PromptInfo known, PromptInfo next, String place, String where) {
    if (known.sameContent(next)) {
      return;
    }
    boolean reconstruction =
        DeclaredBytes.entries(known.metadata()).isEmpty()
            && !DeclaredBytes.entries(next.metadata()).isEmpty();
    throw new InvalidInputException(
        "%s: prompt '%s' is %s with other content (%s); %s"
            .formatted(
                place,
                next.key(),
                where,
                difference(known, next),
                // By its names alone is a reconstruction matched with its capture.
                reconstruction
                    ? "it declares bytes: import a reconstruction into a dataset of its own, under the names of its capture"
                    : "give it another prompt name or another dataset"));
  }

  private static String difference(PromptInfo known, PromptInfo next) {
    SortedMap<String, String> sizes = DeclaredBytes.entries(known.metadata());
    sizes.putAll(DeclaredBytes.entries(next.metadata()));
    for (String key : sizes.keySet()) {
      String old = known.metadata().getOrDefault(key, "not given");
      String now = next.metadata().getOrDefault(key, "not given");
      if (known.tensors().equals(next.tensors()) && !old.equals(now)) {
        return "metadata '%s' is %s, known: %s".formatted(key, now, old);
      }
    }
    for (int i = 0; i < Math.min(known.tensors().size(), next.tensors().size()); i++) {
      TensorInfo old = known.tensors().get(i);
      TensorInfo now = next.tensors().get(i);
      if (old.spec().equals(now.spec()) && !old.sha256().equals(now.sha256())) {
        return "tensor '%s' has sha256 %s, known: %s"
            .formatted(now.name(), now.sha256(), old.sha256());
      }
    }
    return "tokens, positions or layers differ: %d tokens from %d, %d tensors; known: %d tokens from %d, %d tensors"
        .formatted(
            next.tokens(),
            next.firstPosition(),
            next.tensors().size(),
            known.tokens(),
            known.firstPosition(),
            known.tensors().size());
  }
}
