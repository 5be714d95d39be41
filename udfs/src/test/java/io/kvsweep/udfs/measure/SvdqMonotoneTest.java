package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.testkit.Captures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Under SVDq's defaults more bits are never worse, on any layer of any real capture. */
class SvdqMonotoneTest {
  private static final List<String> BITS = List.of("1.25", "2", "2.25", "3", "4");

  @Test
  void nmseNeverRisesOnTheSamples() {
    List<Path> files = Captures.samples();
    assumeFalse(files.isEmpty(), "skipped: no captures in datasets/samples");
    check(files);
  }

  @Test
  void nmseNeverRisesOnTheSharedCaptures() {
    List<Path> files =
        Captures.shared().stream().filter(f -> !f.toString().contains("188m")).toList();
    assumeFalse(files.isEmpty(), "skipped: no captures in ../shared/captures");
    check(files);
  }

  @Test
  void nmseNeverRisesOnEightHeadsOf128() {
    assumeTrue(
        Boolean.getBoolean("kvsweep.full"),
        "skipped: eigenvectors of 1,024 channels take a while; run with -Pfull");
    List<Path> files =
        Captures.shared().stream().filter(f -> f.toString().contains("188m")).toList();
    assumeFalse(files.isEmpty(), "skipped: no 188m capture in ../shared/captures");
    check(files);
  }

  private static void check(List<Path> files) {
    List<Cell> cells = new ArrayList<>();
    for (String bits : BITS) {
      cells.add(
          Cell.of(
              Methods.STANDARD,
              Methods.STANDARD.expand("svdq(bits=" + bits + ")").get(0),
              CellKind.KEY,
              /* seed= */ 1));
    }
    List<String> violations = new ArrayList<>();
    Map<String, Double> closest = new TreeMap<>();
    Map<String, String> closestAt = new TreeMap<>();
    for (Path file : files) {
      try (Capture capture = Capture.open(file)) {
        for (int layer : Captures.layers(capture)) {
          LayerUnit unit = Captures.keysAlone(capture, layer);
          List<ResultRow> rows = new LayerMeasurement(Methods.STANDARD).measure(unit, cells);
          double before = Double.POSITIVE_INFINITY;
          for (int i = 0; i < BITS.size(); i++) {
            ResultRow row = rows.get(i);
            assertTrue(row.measured(), () -> unit.key() + ": " + row.get(ResultColumn.ERROR));
            double nmse = (Double) row.get(ResultColumn.NMSE);
            String place =
                String.format(
                    Locale.ROOT,
                    "%s, %s bits: %.5g after %.5g",
                    unit.key(),
                    BITS.get(i),
                    nmse,
                    before);
            if (nmse > before) {
              violations.add(place);
            }
            String model = unit.key().model();
            if (i > 0 && nmse / before > closest.getOrDefault(model, 0.0)) {
              closest.put(model, nmse / before);
              closestAt.put(model, place);
            }
            before = nmse;
          }
        }
      }
    }
    closestAt.forEach(
        (model, place) ->
            System.out.printf(
                Locale.ROOT,
                "%s: ratio of steps at most %.4f, %s%n",
                model,
                closest.get(model),
                place));
    assertTrue(violations.isEmpty(), () -> String.join("\n", violations));
  }
}
