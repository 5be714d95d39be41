package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Numbers from result rows, paired by model, prompt and layer. */
final class CellMeasures {
  private CellMeasures() {}

  /** A number of one row; NaN where it has none. */
  interface Reading {
    double of(ResultRow row);
  }

  static Reading column(ResultColumn column) {
    return row -> row.get(column) == null ? Double.NaN : (Double) row.get(column);
  }

  /** Which layers of a prompt count. */
  enum Layers {
    ALL,
    ABOVE_FIRST
  }

  /** Mean of a number over the rows of a cell. */
  static Measure mean(Cell cell, String what, Reading reading, Unit unit) {
    return new OfCells(
        List.of(cell),
        evidence -> {
          Map<Place, Double> numbers = new TreeMap<>();
          evidence
              .cells()
              .of(cell)
              .forEach(
                  (place, row) -> {
                    double number = reading.of(row);
                    if (Double.isFinite(number)) {
                      numbers.put(place, number);
                    }
                  });
          return numbers.isEmpty()
              ? evidence.cells().missing("no " + what, List.of(cell))
              : Measured.of(
                  Sample.ofNumbers(numbers),
                  unit,
                  what + " of " + cell + evidence.cells().failures(cell));
        });
  }

  static Measure mean(Cell cell, ResultColumn column, Unit unit) {
    return mean(cell, column.label(), column(column), unit);
  }

  /** A measure that shapes settle: it comes out the same for all tensors of these shapes. */
  static Measure ofShapes(Measure measure) {
    return new OfCells(
        measure.cells(),
        evidence -> {
          Measured measured = measure.of(evidence);
          return measured.value() == null
              ? measured
              : measured.with("arithmetic: the captured shapes settle it, not their numbers");
        });
  }

  /** The least of the cells' means. */
  static Measure leastMean(List<Cell> cells, ResultColumn column, Unit unit) {
    return new OfCells(
        cells,
        evidence -> {
          Measured least = null;
          for (Cell cell : cells) {
            Measured mean = mean(cell, column, unit).of(evidence);
            if (mean.value() == null) {
              return mean;
            }
            if (least == null || mean.value() < least.value()) {
              least = mean;
            }
          }
          return least.with("the least of " + Cell.texts(cells));
        });
  }

  /** Geometric mean of a cell's number over that of a baseline. */
  static Measure ratio(Cell cell, Cell baseline, ResultColumn column, Layers layers) {
    return new OfCells(
        List.of(cell, baseline),
        evidence -> {
          SortedMap<Place, ResultRow> base = evidence.cells().of(baseline);
          Reading number = column(column);
          Ratios ratios = new Ratios();
          select(evidence.cells().of(cell), layers)
              .forEach(
                  (place, row) -> {
                    if (base.containsKey(place)) {
                      ratios.put(place, number.of(row), number.of(base.get(place)));
                    }
                  });
          return ratios.measured(
              evidence.cells(),
              "%s of %s over that of %s%s".formatted(column.label(), cell, baseline, over(layers)),
              List.of(cell, baseline));
        });
  }

  /** Drops the first layer of each prompt, if asked to. */
  static SortedMap<Place, ResultRow> select(SortedMap<Place, ResultRow> rows, Layers layers) {
    if (layers == Layers.ALL) {
      return rows;
    }
    SortedMap<Place, ResultRow> out = new TreeMap<>();
    Place last = null;
    for (Map.Entry<Place, ResultRow> row : rows.entrySet()) {
      Place place = row.getKey();
      if (last != null && last.samePrompt(place)) {
        out.put(place, row.getValue());
      }
      last = place;
    }
    return out;
  }

  static String over(Layers layers) {
    return layers == Layers.ALL ? "" : ", layers above the first";
  }
}
