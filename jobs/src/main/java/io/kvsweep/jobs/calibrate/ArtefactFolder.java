package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.ArtefactRef;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.measure.Hashes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A folder of artefacts, one file per (model, canonical specification), with a report in JSON
 * beside each. A file appears whole or not at all.
 */
public final class ArtefactFolder {
  private static final String SCRATCH = "_scratch";
  private static final int READABLE = 80;

  private final Storage storage;

  private ArtefactFolder(Storage storage) {
    this.storage = storage;
  }

  /** The folder of this path, which need not exist. */
  public static ArtefactFolder of(String folder, Configuration conf) {
    return new ArtefactFolder(Storage.of(folder, conf));
  }

  /** An artefact with its file. */
  public record Found(Path file, Artefact artefact) {
    /** How cells name it. */
    public ArtefactRef ref() {
      return new ArtefactRef(file.toString(), artefact.recipe().hash());
    }
  }

  /**
   * The artefact of a model for a specification, if there is one.
   *
   * @throws InvalidInputException if it is damaged
   */
  public Optional<Found> find(String model, String spec) {
    Path file = storage.path(name(model, spec) + ".kvart");
    if (!storage.isFile(file)) {
      return Optional.empty();
    }
    Artefact artefact = Artefact.read(storage.read(file), Storage.show(file));
    Recipe recipe = artefact.recipe();
    if (!recipe.model().equals(model) || !recipe.spec().equals(spec)) {
      throw new InvalidInputException(
          "%s: holds the artefact of %s for '%s', expected %s for '%s'; give the file its old name"
              .formatted(Storage.show(file), recipe.model(), recipe.spec(), model, spec));
    }
    return Optional.of(new Found(file, artefact));
  }

  /**
   * Opens an artefact of this folder.
   *
   * @param file its path, as cells name it
   * @throws InvalidInputException if it is damaged
   */
  public Artefact open(String file) {
    Path path = new Path(file);
    return Artefact.read(storage.read(path), Storage.show(path));
  }

  /**
   * Whether the artefact of this recipe is there already.
   *
   * @throws InvalidInputException if there is one of another recipe for the same model and
   *     specification
   */
  public boolean holds(Recipe recipe) {
    Optional<Found> found = find(recipe.model(), recipe.spec());
    if (found.isPresent() && !found.get().artefact().recipe().hash().equals(recipe.hash())) {
      throw new InvalidInputException(
          "%s: was calibrated on other tensors or by another version (prompts %s); delete it or give another folder as --out"
              .formatted(
                  Storage.show(found.get().file()), found.get().artefact().recipe().prompts()));
    }
    return found.isPresent();
  }

  /**
   * Adds an artefact with its report.
   *
   * @return path of the artefact, for people
   */
  public String add(Artefact artefact, String report) {
    storage.makeFolder(scratch());
    Recipe recipe = artefact.recipe();
    String name = name(recipe.model(), recipe.spec());
    // The artefact last: where it is, its report is too.
    put(name + ".json", report.getBytes(StandardCharsets.UTF_8));
    return put(name + ".kvart", artefact.bytes());
  }

  /**
   * What each calibration reported, in the order of their files' names.
   *
   * @throws InvalidInputException if there is no such folder, or naming a damaged report
   */
  public List<CalibrationReport> reports() {
    if (!storage.isFolder(storage.root())) {
      throw new InvalidInputException(
          "%s: no such folder; expected what 'kvsweep calibrate --out' wrote".formatted(this));
    }
    return storage.list(storage.root()).stream()
        .filter(file -> file.getName().endsWith(".json"))
        .map(file -> CalibrationReport.ofJson(storage.read(file), Storage.show(file)))
        .toList();
  }

  private String put(String name, byte[] bytes) {
    Path target = storage.path(name);
    storage.put(target, bytes, new Path(scratch(), name + "." + UUID.randomUUID()));
    return Storage.show(target);
  }

  /** Folder of what is not finished. */
  Path scratch() {
    return storage.path(SCRATCH);
  }

  Storage storage() {
    return storage;
  }

  /** Deletes the folder of unfinished things, if nobody else uses it. */
  void dropScratch() {
    if (storage.list(scratch()).isEmpty()) {
      storage.delete(scratch());
    }
  }

  /** Its path, for people. */
  @Override
  public String toString() {
    return Storage.show(storage.root());
  }

  /** Readable, safe on every file system, and different for different models and specs. */
  static String name(String model, String spec) {
    String readable =
        (model + "__" + spec).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._]+", "-");
    String start = readable.substring(0, Math.min(READABLE, readable.length()));
    return start.replaceFirst("^[._-]+", "").replaceFirst("-+$", "")
        + "-"
        + Hashes.of(List.of(model, spec)).substring(0, 8);
  }
}
