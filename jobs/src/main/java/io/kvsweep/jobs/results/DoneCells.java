package io.kvsweep.jobs.results;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which (cell, unit) pairs are published, with the best status of each. */
public final class DoneCells {
  /** What is read of a result file. */
  static final List<ResultColumn> COLUMNS =
      List.of(ResultColumn.CELL_ID, ResultColumn.UNIT_ID, ResultColumn.STATUS);

  /** By unit, then cell; ids repeat a lot, so equal ones share one string. */
  private final Map<String, Map<String, Status>> byUnit = new HashMap<>();

  private final Map<String, String> ids = new HashMap<>();

  /** Nothing is published. */
  public static final DoneCells NONE = new DoneCells();

  private DoneCells() {}

  /**
   * Reads three columns of every result file, several files at a time.
   *
   * @throws InvalidInputException naming a file that is no result file, or an empty one beside the
   *     results, and the remedy
   */
  public static DoneCells read(ResultStore store) {
    DoneCells done = new DoneCells();
    // Whoever reads these refuses them too, but only a sweep can mend them.
    Arrays.stream(Diagnostic.values()).forEach(store::files);
    store.files().parallelStream()
        .forEach(
            file -> {
              List<ResultRow> rows = store.read(file, COLUMNS);
              synchronized (done) {
                rows.forEach(done::add);
              }
            });
    return done;
  }

  private void add(ResultRow row) {
    String cell = id(row, ResultColumn.CELL_ID);
    String unit = id(row, ResultColumn.UNIT_ID);
    Map<String, Status> cells = byUnit.computeIfAbsent(unit, u -> new HashMap<>());
    Status status = row.measured() ? Status.MEASURED : Status.FAILED;
    cells.merge(cell, status, (a, b) -> a == Status.MEASURED ? a : b);
  }

  private String id(ResultRow row, ResultColumn column) {
    return ids.computeIfAbsent((String) row.get(column), key -> key);
  }

  /** Best status of a cell on a unit; empty if it was never published. */
  public Optional<Status> status(String cellId, String unitId) {
    return Optional.ofNullable(byUnit.getOrDefault(unitId, Map.of()).get(cellId));
  }

  /** Whether the cell and unit of a row, which may be failed, were measured by whoever. */
  boolean isMeasured(ResultRow row) {
    return status((String) row.get(ResultColumn.CELL_ID), (String) row.get(ResultColumn.UNIT_ID))
        .equals(Optional.of(Status.MEASURED));
  }

  /** The same without the pairs that failed. */
  public DoneCells measured() {
    DoneCells measured = new DoneCells();
    byUnit.forEach(
        (unit, cells) -> {
          Map<String, Status> kept = new HashMap<>(cells);
          kept.values().removeIf(status -> status != Status.MEASURED);
          measured.byUnit.put(unit, kept);
        });
    return measured;
  }

  /** Number of distinct (cell, unit) pairs. */
  public long size() {
    return byUnit.values().stream().mapToLong(Map::size).sum();
  }
}
