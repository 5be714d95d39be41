package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.CellMeasures.Layers;
import io.kvsweep.jobs.claims.CellMeasures.Reading;
import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.jobs.stats.LogErrorCurve;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Cells against the curve of error over bits that the settings of a baseline make. */
final class CurveMeasures {
  private static final Reading NMSE = CellMeasures.column(ResultColumn.NMSE);
  private static final Reading EFFECTIVE_BITS = CellMeasures.column(ResultColumn.EFFECTIVE_BITS);
  private static final Reading NOMINAL_BITS = CellMeasures.column(ResultColumn.NOMINAL_BITS);

  private CurveMeasures() {}

  /**
   * Geometric mean of a cell's error over that of a baseline at equal measured bytes: of each
   * tensor, the baseline's error at the cell's {@code effective_bits}, where its points span them.
   */
  static Measure ratioAtEqualBytes(Cell cell, List<Cell> curve, Layers layers) {
    return new OfCells(
        all(cell, curve),
        evidence -> {
          Map<Place, LogErrorCurve> curves = curves(evidence, curve, EFFECTIVE_BITS);
          Ratios ratios = new Ratios();
          CellMeasures.select(evidence.cells().of(cell), layers)
              .forEach(
                  (place, row) -> {
                    if (curves.containsKey(place)) {
                      put(ratios, place, row, curves.get(place), EFFECTIVE_BITS.of(row));
                    }
                  });
          return ratios.measured(
              evidence.cells(),
              atEqualBits(cell, curve) + CellMeasures.over(layers),
              all(cell, curve));
        });
  }

  /**
   * The same for methods that spend their bytes unevenly over layers: of each prompt, the
   * baseline's errors at the {@code effective_bits} that the cell has over all layers together.
   *
   * <p>Each layer has a ratio, so that the number of a prompt, the mean of their logarithms, is the
   * mean logarithm of the cell's errors against the curve of the baseline's mean logarithms: lines
   * between the same bits in all layers may be averaged before or after they are read off.
   */
  static Measure ratioAtEqualPromptBytes(Cell cell, List<Cell> curve) {
    List<Cell> all = all(cell, curve);
    return new OfCells(
        all,
        evidence -> {
          List<SortedMap<Place, ResultRow>> rows = all.stream().map(evidence.cells()::of).toList();
          Map<Place, List<Place>> prompts = new TreeMap<>(); // by a place of layer 0
          int incomplete = 0;
          for (Place place : rows.get(0).keySet()) {
            if (rows.stream().allMatch(of -> of.containsKey(place))) {
              prompts
                  .computeIfAbsent(
                      new Place(place.model(), place.prompt(), 0), p -> new ArrayList<>())
                  .add(place);
            } else {
              incomplete++;
            }
          }
          Ratios ratios = new Ratios();
          for (List<Place> layers : prompts.values()) {
            double[] bits = rows.stream().mapToDouble(of -> promptBits(of, layers)).toArray();
            for (Place place : layers) {
              List<LogErrorCurve.Point> points = new ArrayList<>();
              for (int i = 1; i < all.size(); i++) {
                points.add(new LogErrorCurve.Point(bits[i], NMSE.of(rows.get(i).get(place))));
              }
              put(ratios, place, rows.get(0).get(place), new LogErrorCurve(points), bits[0]);
            }
          }
          return ratios.measured(
              evidence.cells(),
              atEqualBits(cell, curve)
                  + ", both over all layers of a prompt"
                  + (incomplete == 0
                      ? ""
                      : "; %d layers without a row of each left out".formatted(incomplete)),
              all);
        });
  }

  /** Bits of all layers over their values. */
  private static double promptBits(SortedMap<Place, ResultRow> rows, List<Place> layers) {
    double bits = 0;
    double values = 0;
    for (Place place : layers) {
      double ofLayer = 8.0 * (Long) rows.get(place).get(ResultColumn.TOTAL_BYTES);
      bits += ofLayer;
      values += ofLayer / EFFECTIVE_BITS.of(rows.get(place));
    }
    return bits / values;
  }

  private static void put(
      Ratios ratios, Place place, ResultRow row, LogErrorCurve curve, double bits) {
    Double logError = curve.logErrorAt(bits);
    if (curve.points() == 0) {
      ratios.put(place, NMSE.of(row), 0);
    } else if (logError == null) {
      ratios.putOutside();
    } else {
      ratios.put(place, NMSE.of(row), Math.exp(logError));
    }
  }

  private static String atEqualBits(Cell cell, List<Cell> curve) {
    return "nmse of %s over that of %s at the same effective_bits, interpolated in the logarithm"
        .formatted(cell, Cell.texts(curve));
  }

  /**
   * The nominal bits at which a baseline has the error of a cell, mean. A layer whose error lies
   * beyond an end of the curve counts with the bits of that end, and is told of.
   */
  static Measure bitsOfEqualError(Cell cell, List<Cell> curve) {
    return new OfCells(
        all(cell, curve),
        evidence -> {
          Map<Place, LogErrorCurve> curves = curves(evidence, curve, NOMINAL_BITS);
          Map<Place, Double> bits = new TreeMap<>();
          int[] beyond = new int[2];
          evidence
              .cells()
              .of(cell)
              .forEach(
                  (place, row) -> {
                    LogErrorCurve of = curves.get(place);
                    if (of != null && of.points() > 0) {
                      double equal = of.bitsAt(NMSE.of(row));
                      beyond[0] += equal == Double.NEGATIVE_INFINITY ? 1 : 0;
                      beyond[1] += equal == Double.POSITIVE_INFINITY ? 1 : 0;
                      bits.put(place, Math.max(of.fromBits(), Math.min(of.toBits(), equal)));
                    }
                  });
          return bits.isEmpty()
              ? evidence.cells().missing("no layer with both", all(cell, curve))
              : Measured.of(
                  Sample.ofNumbers(bits),
                  Unit.BITS,
                  "nominal bits at which %s have the nmse of %s%s%s"
                      .formatted(
                          Cell.texts(curve),
                          cell,
                          censored(beyond[0], beyond[1]),
                          evidence.cells().failures(cell)));
        });
  }

  private static String censored(int below, int above) {
    return below + above == 0
        ? ""
        : "; censored: %d layers have more error than the fewest bits and count as those, %d less than the most and count as those"
            .formatted(below, above);
  }

  private static Map<Place, LogErrorCurve> curves(
      Evidence evidence, List<Cell> cells, Reading bits) {
    Map<Place, List<LogErrorCurve.Point>> points = new HashMap<>();
    for (Cell cell : cells) {
      evidence
          .cells()
          .of(cell)
          .forEach(
              (place, row) ->
                  points
                      .computeIfAbsent(place, p -> new ArrayList<>())
                      .add(new LogErrorCurve.Point(bits.of(row), NMSE.of(row))));
    }
    Map<Place, LogErrorCurve> curves = new HashMap<>();
    points.forEach((place, of) -> curves.put(place, new LogErrorCurve(of)));
    return curves;
  }

  private static List<Cell> all(Cell cell, List<Cell> curve) {
    List<Cell> all = new ArrayList<>(List.of(cell));
    all.addAll(curve);
    return all;
  }
}
