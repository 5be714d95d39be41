package io.kvsweep.jobs.results;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.jobs.storage.OutputLock;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.measure.Hashes;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The output folder of a sweep: {@code results/} with one file per unit batch, {@code spectra/} and
 * {@code ranges/} with the diagnoses beside them, {@code runs/}, {@code tables/}, and {@code
 * _staging/} for all that is not finished. Serialisable: executors publish.
 *
 * <p>A result file appears whole or not at all. Its name depends on the unit, its cells and whether
 * they failed, so a batch that is measured twice (a speculative task, a restarted sweep) still is
 * one file, and whoever fails late, such as an executor that Spark believes dead, replaces nothing
 * measured.
 */
public final class ResultStore implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String STAGING = "_staging";
  private static final String LOCK = "sweep.lock";

  /** Ends the name of a file of failed rows. */
  private static final String FAILED = "-failed.parquet";

  /** Within the staging folder, for files of whoever does not hold the lock, e.g. of tables. */
  private static final String UNLOCKED = "unlocked";

  /** Bytes at the end of a file in which the footer of a result file is, but for long ones. */
  private static final int FOOTER = 32 << 10;

  /** Length of the footer, and the magic number. */
  private static final int FOOTER_END = 8;

  private final Storage storage;

  private ResultStore(Storage storage) {
    this.storage = storage;
  }

  /**
   * Opens an output folder for writing; makes it if needed.
   *
   * @throws InvalidInputException if it cannot be written, or is a dataset
   */
  public static ResultStore create(String output, Configuration conf) {
    ResultStore store = new ResultStore(Storage.of(output, conf));
    Storage storage = store.storage;
    if (storage.isFile(storage.path(Dataset.MANIFEST))) {
      throw new InvalidInputException(
          "%s is a dataset (it has %s), expected a folder for results: give another --out"
              .formatted(Storage.show(store.root()), Dataset.MANIFEST));
    }
    for (String folder : List.of(STAGING, "results", "runs", "tables")) {
      storage.makeFolder(storage.path(folder));
    }
    // Being able to make folders that exist already says nothing about writing files.
    Path probe = store.staging(UNLOCKED, "probe");
    storage.put(probe, new byte[0], store.staging(UNLOCKED, "probe"));
    storage.delete(probe);
    return store;
  }

  /**
   * Opens the output of an earlier sweep for reading.
   *
   * @throws InvalidInputException if there are no results, or naming an empty result file
   */
  public static ResultStore open(String output, Configuration conf) {
    ResultStore store = new ResultStore(Storage.of(output, conf));
    if (store.files().isEmpty()) {
      throw new InvalidInputException(
          "no results in %s: expected Parquet files in %s; run 'kvsweep sweep CONFIG.yaml --out %s' first"
              .formatted(
                  Storage.show(store.root()),
                  Storage.show(store.results()),
                  Storage.show(store.root())));
    }
    return store;
  }

  /** The output folder, qualified. */
  public Path root() {
    return storage.root();
  }

  /** Folder of the result files. */
  public Path results() {
    return storage.path("results");
  }

  /** Refuses a second sweep on this output until it is closed. */
  public OutputLock lock() {
    return OutputLock.acquire(storage, new Path(storage.path(STAGING), LOCK));
  }

  /**
   * Deletes what dead runs, or this one at its end, left in the staging folder. Only under the
   * {@link #lock()}: then every other run is dead, but for those of {@link #sweepAbandoned()}.
   */
  public void sweepLeftovers() {
    for (Path child : storage.list(storage.path(STAGING))) {
      if (!Set.of(LOCK, UNLOCKED).contains(child.getName())) {
        storage.delete(child);
      }
    }
    sweepAbandoned();
  }

  /**
   * Deletes files of tables that a killed command left in the staging folder minutes ago. Newer
   * ones stay: an aggregation, which takes no lock, may be about to put them in their places.
   */
  public void sweepAbandoned() {
    storage.deleteAbandoned(new Path(storage.path(STAGING), UNLOCKED));
  }

  /**
   * Publishes the rows of one unit batch: the measured ones in a file, the failed ones in another.
   * Safe to call from several tasks at once, also for the same batch. A file of the same unit and
   * cells is replaced.
   *
   * @param rows at least one, all of this unit
   * @return names of the files in {@code results/}, one or two
   */
  public List<String> publish(String runId, String unitId, List<ResultRow> rows) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("nothing to publish for unit " + unitId);
    }
    return Stream.of(true, false)
        .map(measured -> rows.stream().filter(row -> row.measured() == measured).toList())
        .filter(part -> !part.isEmpty())
        .map(part -> publishPart(runId, unitId, part))
        .toList();
  }

  /** Publishes rows that are all measured, or all failed. */
  private String publishPart(String runId, String unitId, List<ResultRow> rows) {
    String name = stem(unitId, rows) + (rows.get(0).measured() ? ".parquet" : FAILED);
    storage.put(new Path(results(), name), ResultParquet.write(rows), staging(runId, name));
    return name;
  }

  /**
   * Publishes what was found out beside the measured rows of a unit batch, in a folder of its own
   * and under the name of their file. Before the results are published: then cells that count as
   * done have their diagnoses, whenever a sweep is killed.
   *
   * @param rows of the batch; where none is measured, nothing is published
   * @param parquet the file
   */
  public void publishBeside(
      String folder, String runId, String unitId, List<ResultRow> rows, byte[] parquet) {
    List<ResultRow> measured = rows.stream().filter(ResultRow::measured).toList();
    if (!measured.isEmpty()) {
      String name = stem(unitId, measured) + ".parquet";
      storage.makeFolder(storage.path(folder));
      storage.put(
          new Path(storage.path(folder), name), parquet, staging(runId, folder + "-" + name));
    }
  }

  private static String stem(String unitId, List<ResultRow> rows) {
    for (ResultRow row : rows) {
      if (!unitId.equals(row.get(ResultColumn.UNIT_ID))) {
        throw new IllegalArgumentException(
            "a row of unit %s in a batch of unit %s"
                .formatted(row.get(ResultColumn.UNIT_ID), unitId));
      }
    }
    return unitId
        + "-"
        + Hashes.of(
            rows.stream()
                .map(row -> (String) row.get(ResultColumn.CELL_ID))
                .sorted()
                .distinct()
                .toList());
  }

  /**
   * Deletes files of failed rows whose cells have all been measured since. Readers pass over such
   * rows; without them there is less to read and nothing to wonder about.
   *
   * @param done what is published
   */
  public void deleteMended(DoneCells done) {
    for (Path file : files()) {
      if (file.getName().endsWith(FAILED)
          && read(file, DoneCells.COLUMNS).stream().allMatch(done::isMeasured)) {
        storage.delete(file);
      }
    }
  }

  /** A staging path that no other attempt, on whatever machine, uses. */
  private Path staging(String runId, String name) {
    return new Path(storage.path(STAGING), runId + "/" + name + "." + UUID.randomUUID());
  }

  /**
   * The published result files, sorted by name.
   *
   * @throws InvalidInputException naming an empty one
   */
  public List<Path> files() {
    return files("results");
  }

  /**
   * The published diagnoses of this sort, sorted by name.
   *
   * @throws InvalidInputException naming an empty file
   */
  public List<Path> files(Diagnostic diagnostic) {
    return files(diagnostic.label());
  }

  /**
   * Refuses what Spark would not: it fills columns that a file lacks with nulls, and dies of a
   * length that lies. Reads the end of each file.
   *
   * @throws InvalidInputException naming a file that is no result file
   */
  public void requireResults() {
    published("results").parallelStream().forEach(file -> checkFooter(file, true));
  }

  /**
   * The same of the diagnoses of a sort.
   *
   * @throws InvalidInputException naming a file that is no Parquet file
   */
  public void requireReadable(Diagnostic diagnostic) {
    published(diagnostic.label()).parallelStream().forEach(file -> checkFooter(file, false));
  }

  private List<Path> files(String folder) {
    return published(folder).stream().map(FileStatus::getPath).toList();
  }

  private void checkFooter(FileStatus file, boolean results) {
    if (!file.isFile()) {
      return;
    }
    long length = file.getLen();
    byte[] tail = storage.readTail(file, FOOTER);
    ByteBuffer end = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN);
    int footer = tail.length < FOOTER_END ? 0 : end.getInt(tail.length - FOOTER_END);
    if (footer > tail.length - FOOTER_END && footer <= length - FOOTER_END) {
      tail = storage.readTail(file, footer + FOOTER_END);
    }
    ResultParquet.check(tail, length, results, Storage.show(file.getPath()));
  }

  /** Spark passes over an empty file without a word: its rows would be missing from all numbers. */
  private List<FileStatus> published(String folder) {
    List<FileStatus> files =
        storage.statuses(storage.path(folder)).stream()
            .filter(file -> isPublished(file.getPath()))
            .toList();
    for (FileStatus file : files) {
      if (file.isFile() && file.getLen() == 0) {
        throw DamagedFile.of(
            Storage.show(file.getPath()), "not a readable result file (it has 0 bytes)", null);
      }
    }
    return files;
  }

  private static boolean isPublished(Path file) {
    return !file.getName().startsWith("_") && !file.getName().startsWith(".");
  }

  /**
   * Reads some columns of a published file.
   *
   * @throws InvalidInputException naming the file, if it is no result file
   */
  public List<ResultRow> read(Path file, List<ResultColumn> columns) {
    return ResultParquet.read(storage.read(file), Storage.show(file), columns);
  }

  /**
   * The manifests of all runs, by id.
   *
   * @throws InvalidInputException naming a file that is none
   */
  public List<RunManifest> runs() {
    return storage.list(storage.path("runs")).stream()
        .filter(ResultStore::isPublished)
        .map(file -> RunManifest.read(storage.read(file), Storage.show(file)))
        .toList();
  }

  /** Writes or replaces {@code runs/<run_id>.json}. */
  public void writeRun(String runId, byte[] json) {
    replace("runs", runId + ".json", json);
  }

  /**
   * Writes or replaces a file in {@code tables/}.
   *
   * @return its path, for people
   */
  public String writeTable(String name, byte[] bytes) {
    return replace("tables", name, bytes);
  }

  /** A file in {@code tables/}, if it is there. */
  public Optional<Path> table(String name) {
    return Optional.of(storage.path("tables/" + name)).filter(storage::isFile);
  }

  /** Content of a file in {@code tables/}, if it is there. */
  public Optional<byte[]> readTable(String name) {
    return table(name).map(storage::read);
  }

  /**
   * Tells whether a file of {@code tables/} was written after the last of the results it is made
   * of, as they are now. Lists each folder of results once, however many tables are asked about.
   */
  public Predicate<Path> isOfTheseResults() {
    long published =
        Stream.of(List.of("results"), Diagnostic.labels())
            .flatMap(List::stream)
            .flatMap(folder -> storage.modifiedIn(storage.path(folder)).entrySet().stream())
            .filter(file -> isPublished(file.getKey()))
            .mapToLong(Map.Entry::getValue)
            .max()
            .orElse(0);
    return table -> storage.modified(table) >= published;
  }

  /**
   * Writes or replaces a picture or page beside the folders.
   *
   * @return its path, for people
   */
  public String writePicture(String name, byte[] bytes) {
    return replace(storage.path(name), bytes);
  }

  private String replace(String folder, String name, byte[] bytes) {
    storage.makeFolder(storage.path(folder));
    return replace(storage.path(folder + "/" + name), bytes);
  }

  private String replace(Path target, byte[] bytes) {
    storage.put(target, bytes, staging(UNLOCKED, target.getName()));
    return Storage.show(target);
  }
}
