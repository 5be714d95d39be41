package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.aggregate.RowId;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Result rows by cell and place. Of several seeds, codec versions, artefacts or tensors of the same
 * cell and place the latest run counts.
 */
final class Measurements {
  private static final Comparator<ResultRow> BY_RUN =
      Comparator.<ResultRow, String>comparing(row -> text(row, ResultColumn.RUN_ID))
          .thenComparing(row -> text(row, ResultColumn.CELL_ID))
          .thenComparing(row -> text(row, ResultColumn.UNIT_ID));

  private static final String SWEEP =
      "run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output";
  private static final String SWEEP_CALIBRATED =
      "calibrate and run 'kvsweep sweep jobs/sweeps/claims-aqua.yaml' into this output";

  private record Key(String spec, String kind) {}

  private final Map<Key, SortedMap<Place, ResultRow>> latest = new HashMap<>();
  private final Set<RowId> keys;

  /**
   * @param rows the best row per (cell, unit, layer), in any order
   */
  Measurements(Collection<ResultRow> rows) {
    List<ResultRow> sorted = new ArrayList<>(rows);
    sorted.sort(BY_RUN);
    for (ResultRow row : sorted) {
      Key key = new Key(text(row, ResultColumn.METHOD_SPEC), text(row, ResultColumn.KIND));
      latest.computeIfAbsent(key, k -> new TreeMap<>()).put(place(row), row);
    }
    this.keys =
        latest.entrySet().stream()
            .filter(cell -> CellKind.KEY.label().equals(cell.getKey().kind()))
            .flatMap(cell -> cell.getValue().values().stream())
            .filter(ResultRow::measured)
            .map(Measurements::id)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The measured rows of a cell. */
  SortedMap<Place, ResultRow> of(Cell cell) {
    SortedMap<Place, ResultRow> measured = new TreeMap<>(all(cell));
    measured.values().removeIf(row -> !row.measured());
    return measured;
  }

  /**
   * Whether this is a measured row that counts, of keys alone: a cell of keys and values together
   * is none of keys.
   */
  boolean countsOfKeys(RowId row) {
    return keys.contains(row);
  }

  /** Tells how many rows of a cell could not be measured; nothing where all were. */
  String failures(Cell cell) {
    long failed = all(cell).values().stream().filter(row -> !row.measured()).count();
    return failed == 0 ? "" : "; %d rows failed and are left out".formatted(failed);
  }

  /**
   * Why cells tell nothing, and how to get them.
   *
   * @param problem if there are rows of all of them
   */
  Measured missing(String problem, List<Cell> cells) {
    List<Cell> absent = cells.stream().filter(cell -> of(cell).isEmpty()).toList();
    String why =
        absent.isEmpty()
            ? problem + " in " + Cell.texts(cells)
            : "no measured rows of "
                + absent.stream().map(Cell::toString).collect(Collectors.joining(", "));
    boolean calibrated = absent.stream().anyMatch(Cell::calibrated);
    return Measured.missing(why + "; " + (calibrated ? SWEEP_CALIBRATED : SWEEP));
  }

  /** Models of all rows. */
  Set<String> models() {
    return latest.values().stream()
        .flatMap(rows -> rows.keySet().stream())
        .map(Place::model)
        .collect(Collectors.toSet());
  }

  private SortedMap<Place, ResultRow> all(Cell cell) {
    return latest.getOrDefault(new Key(cell.spec(), cell.kind().label()), new TreeMap<>());
  }

  private static RowId id(ResultRow row) {
    return new RowId(
        text(row, ResultColumn.CELL_ID),
        text(row, ResultColumn.UNIT_ID),
        (Integer) row.get(ResultColumn.LAYER));
  }

  private static Place place(ResultRow row) {
    return new Place(
        text(row, ResultColumn.MODEL),
        text(row, ResultColumn.PROMPT),
        (Integer) row.get(ResultColumn.LAYER));
  }

  private static String text(ResultRow row, ResultColumn column) {
    return (String) row.get(column);
  }
}
