package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/** Numbers from result rows, paired by model, prompt and layer. */
final class CellMeasures {
  private static final String SWEEP =
      "run 'kvsweep sweep jobs/sweeps/claims.yaml' into this output";
  private static final String SWEEP_AQUA =
      "calibrate and run 'kvsweep sweep jobs/sweeps/claims-aqua.yaml' into this output";

  private CellMeasures() {}

  /** Of a column of one row; null where it has none. */
  interface Reading {
    Double of(ResultRow row);
  }

  static Reading column(ResultColumn column) {
    return row -> (Double) row.get(column);
  }

  /** Mean of a number over the rows of a cell. */
  static Measure mean(Cell cell, String what, Reading reading, DoubleFunction<String> unit) {
    return new OfCells(
        List.of(cell),
        evidence -> {
          Map<Place, Double> numbers = new TreeMap<>();
          evidence.cells().of(cell).forEach((place, row) -> put(numbers, place, reading.of(row)));
          return numbers.isEmpty()
              ? missing(evidence, "no " + what, List.of(cell))
              : Measured.of(
                  Sample.ofNumbers(numbers), unit, what + " of " + cell + failed(evidence, cell));
        });
  }

  /** Which layers of a prompt count. */
  enum Layers {
    ALL,
    ABOVE_FIRST
  }

  /** Geometric mean of a cell's number over that of a baseline. */
  static Measure ratio(Cell cell, Cell baseline, ResultColumn column, Layers layers) {
    return new OfCells(
        List.of(cell, baseline),
        evidence -> {
          SortedMap<Place, ResultRow> rows = select(evidence.cells().of(cell), layers);
          SortedMap<Place, ResultRow> base = evidence.cells().of(baseline);
          Ratios ratios = new Ratios();
          rows.forEach(
              (place, row) -> {
                ResultRow other = base.get(place);
                if (other != null) {
                  ratios.put(place, (Double) row.get(column), (Double) other.get(column));
                }
              });
          String what = "%s of %s over that of %s".formatted(column.label(), cell, baseline);
          return ratios.measured(evidence, what + over(layers), cell, List.of(cell, baseline));
        });
  }

  /**
   * Geometric mean of a cell's error over that of a baseline at equal measured bytes: of each
   * tensor, the baseline's error at the cell's {@code effective_bits}, where its points span them.
   */
  static Measure ratioAtEqualBytes(Cell cell, List<Cell> curve, Layers layers) {
    return new OfCells(
        all(cell, curve),
        evidence -> {
          SortedMap<Place, ResultRow> rows = select(evidence.cells().of(cell), layers);
          Map<Place, Curve> curves = curves(evidence, curve, ResultColumn.EFFECTIVE_BITS);
          Ratios ratios = new Ratios();
          rows.forEach(
              (place, row) -> {
                OptionalDouble error =
                    curves
                        .getOrDefault(place, new Curve())
                        .errorAt((Double) row.get(ResultColumn.EFFECTIVE_BITS));
                if (error.isPresent()) {
                  ratios.put(place, (Double) row.get(ResultColumn.NMSE), error.getAsDouble());
                } else if (curves.containsKey(place)) {
                  ratios.outside++;
                }
              });
          String what =
              "nmse of %s over that of %s at the same effective_bits, interpolated in the logarithm"
                  .formatted(cell, texts(curve));
          return ratios.measured(evidence, what + over(layers), cell, all(cell, curve));
        });
  }

  /** The nominal bits at which a baseline has the error of a cell, mean. */
  static Measure bitsOfEqualError(Cell cell, List<Cell> curve) {
    return new OfCells(
        all(cell, curve),
        evidence -> {
          Map<Place, Curve> curves = curves(evidence, curve, ResultColumn.NOMINAL_BITS);
          Map<Place, Double> bits = new TreeMap<>();
          int[] outside = {0};
          evidence
              .cells()
              .of(cell)
              .forEach(
                  (place, row) -> {
                    Double error = (Double) row.get(ResultColumn.NMSE);
                    if (curves.containsKey(place) && error > 0) {
                      OptionalDouble equal = curves.get(place).bitsAt(error);
                      equal.ifPresentOrElse(b -> bits.put(place, b), () -> outside[0]++);
                    }
                  });
          String what =
              "nominal bits at which %s have the nmse of %s".formatted(texts(curve), cell)
                  + (outside[0] == 0
                      ? ""
                      : "; %d layers outside of the curve".formatted(outside[0]));
          return bits.isEmpty()
              ? missing(evidence, "no layer with both", all(cell, curve))
              : Measured.of(Sample.ofNumbers(bits), Units.BITS, what + failed(evidence, cell));
        });
  }

  /** The least of the cells' means. */
  static Measure leastMean(List<Cell> cells, ResultColumn column, DoubleFunction<String> unit) {
    return new OfCells(
        cells,
        evidence -> {
          Measured least = null;
          for (Cell cell : cells) {
            Measured mean = mean(cell, column.label(), column(column), unit).of(evidence);
            if (mean.value() == null) {
              return mean;
            }
            if (least == null || mean.value() < least.value()) {
              least = mean;
            }
          }
          return least.with("the least of " + texts(cells));
        });
  }

  /** Positive numbers over positive ones. */
  private static final class Ratios {
    private final Map<Place, Double> values = new TreeMap<>();
    private int errorless;
    private int outside;

    void put(Place place, Double a, Double b) {
      if (a == null || b == null) {
        return;
      }
      if (a > 0 && b > 0) {
        values.put(place, a / b);
      } else {
        errorless++;
      }
    }

    Measured measured(Evidence evidence, String what, Cell cell, List<Cell> needed) {
      if (values.isEmpty()) {
        return missing(
            evidence, outside > 0 ? "no layer in the curve's range" : "no layer with both", needed);
      }
      String left =
          (outside == 0 ? "" : "; %d layers outside of the curve".formatted(outside))
              + (errorless == 0 ? "" : "; %d layers without error left out".formatted(errorless));
      return Measured.of(
          Sample.ofRatios(values), Units.TIMES, what + left + failed(evidence, cell));
    }
  }

  private static Map<Place, Curve> curves(Evidence evidence, List<Cell> cells, ResultColumn bits) {
    Map<Place, Curve> curves = new HashMap<>();
    for (Cell cell : cells) {
      evidence
          .cells()
          .of(cell)
          .forEach(
              (place, row) ->
                  curves
                      .computeIfAbsent(place, p -> new Curve())
                      .add((Double) row.get(bits), (Double) row.get(ResultColumn.NMSE)));
    }
    return curves;
  }

  /** Drops the first layer of each prompt, if asked to. */
  private static SortedMap<Place, ResultRow> select(
      SortedMap<Place, ResultRow> rows, Layers layers) {
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

  private static void put(Map<Place, Double> numbers, Place place, Double number) {
    if (number != null && Double.isFinite(number)) {
      numbers.put(place, number);
    }
  }

  private static String over(Layers layers) {
    return layers == Layers.ALL ? "" : ", layers above the first";
  }

  private static String failed(Evidence evidence, Cell cell) {
    int failed = evidence.cells().failed(cell);
    return failed == 0 ? "" : "; %d rows failed and are left out".formatted(failed);
  }

  private static Measured missing(Evidence evidence, String problem, List<Cell> cells) {
    List<Cell> absent = cells.stream().filter(c -> evidence.cells().of(c).isEmpty()).toList();
    boolean aqua = absent.stream().anyMatch(cell -> cell.spec().startsWith("aqua"));
    String why =
        absent.isEmpty()
            ? problem + " in " + texts(cells)
            : "no measured rows of "
                + absent.stream().map(Cell::toString).collect(Collectors.joining(", "));
    return Measured.missing(why + "; " + (aqua ? SWEEP_AQUA : SWEEP));
  }

  private static List<Cell> all(Cell cell, List<Cell> curve) {
    List<Cell> all = new ArrayList<>(List.of(cell));
    all.addAll(curve);
    return all;
  }

  private static String texts(List<Cell> cells) {
    return cells.stream().map(Cell::text).collect(Collectors.joining(", "));
  }
}
