package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.claims.CellMeasures.Layers;
import io.kvsweep.jobs.claims.CellMeasures.Reading;
import io.kvsweep.jobs.claims.Claim.Measure;
import io.kvsweep.jobs.claims.Claim.OfCells;
import io.kvsweep.udfs.result.ResultColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Cells against the curve of error over bits that the settings of a baseline make. */
final class CurveMeasures {
  private static final Reading NMSE = CellMeasures.column(ResultColumn.NMSE);

  private CurveMeasures() {}

  /**
   * Geometric mean of a cell's error over that of a baseline at equal measured bytes: of each
   * tensor, the baseline's error at the cell's {@code effective_bits}, where its points span them.
   */
  static Measure ratioAtEqualBytes(Cell cell, List<Cell> curve, Layers layers) {
    Reading bits = CellMeasures.column(ResultColumn.EFFECTIVE_BITS);
    return new OfCells(
        all(cell, curve),
        evidence -> {
          Map<Place, Curve> curves = curves(evidence, curve, bits);
          Ratios ratios = new Ratios();
          CellMeasures.select(evidence.cells().of(cell), layers)
              .forEach(
                  (place, row) -> {
                    if (curves.containsKey(place)) {
                      curves
                          .get(place)
                          .errorAt(bits.of(row))
                          .ifPresentOrElse(
                              error -> ratios.put(place, NMSE.of(row), error), ratios::putOutside);
                    }
                  });
          String what =
              "nmse of %s over that of %s at the same effective_bits, interpolated in the logarithm"
                  .formatted(cell, Cell.texts(curve));
          return ratios.measured(
              evidence.cells(), what + CellMeasures.over(layers), all(cell, curve));
        });
  }

  /** The nominal bits at which a baseline has the error of a cell, mean. */
  static Measure bitsOfEqualError(Cell cell, List<Cell> curve) {
    return new OfCells(
        all(cell, curve),
        evidence -> {
          Map<Place, Curve> curves =
              curves(evidence, curve, CellMeasures.column(ResultColumn.NOMINAL_BITS));
          Map<Place, Double> bits = new TreeMap<>();
          int[] outside = {0};
          evidence
              .cells()
              .of(cell)
              .forEach(
                  (place, row) -> {
                    if (curves.containsKey(place) && NMSE.of(row) > 0) {
                      OptionalDouble equal = curves.get(place).bitsAt(NMSE.of(row));
                      equal.ifPresentOrElse(b -> bits.put(place, b), () -> outside[0]++);
                    }
                  });
          String what =
              "nominal bits at which %s have the nmse of %s%s"
                  .formatted(Cell.texts(curve), cell, Ratios.outside(outside[0]));
          return bits.isEmpty()
              ? evidence
                  .cells()
                  .missing(
                      outside[0] > 0 ? "no layer in the range of the curve" : "no layer with both",
                      all(cell, curve))
              : Measured.of(
                  Sample.ofNumbers(bits), Unit.BITS, what + evidence.cells().failures(cell));
        });
  }

  private static Map<Place, Curve> curves(Evidence evidence, List<Cell> cells, Reading bits) {
    Map<Place, Curve> curves = new HashMap<>();
    for (Cell cell : cells) {
      evidence
          .cells()
          .of(cell)
          .forEach(
              (place, row) ->
                  curves.computeIfAbsent(place, p -> new Curve()).add(bits.of(row), NMSE.of(row)));
    }
    return curves;
  }

  private static List<Cell> all(Cell cell, List<Cell> curve) {
    List<Cell> all = new ArrayList<>(List.of(cell));
    all.addAll(curve);
    return all;
  }
}
