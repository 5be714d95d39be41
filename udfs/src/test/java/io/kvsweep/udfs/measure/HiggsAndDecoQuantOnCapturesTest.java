package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.testkit.Captures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What comes out on real keys, including where a method does not help. */
class HiggsAndDecoQuantOnCapturesTest {
  private static final List<String> SPECS =
      List.of(
          "rtn(bits=4,symmetric=true,rope=post)",
          "decoquant(bits=4)",
          "rtn(bits=4)",
          "hadamard | rtn(bits=4)",
          "higgs(bits=2)");
  private static final int SYMMETRIC_RTN = 0;
  private static final int DECOQUANT = 1;
  private static final int RTN = 2;
  private static final int ROTATED_RTN = 3;
  private static final int HIGGS = 4;

  /** Of all layers of the captures of a model, {@code nmse} of keys per specification. */
  private static List<double[]> keys(String model) {
    List<Path> files =
        Captures.shared().stream()
            .filter(file -> file.getFileName().toString().startsWith(model))
            .toList();
    assumeFalse(files.isEmpty(), "skipped: no captures of " + model + " in ../shared/captures");
    List<Cell> cells =
        SPECS.stream()
            .map(spec -> Methods.STANDARD.expand(spec).get(0))
            .map(spec -> Cell.of(Methods.STANDARD, spec, CellKind.KEY, /* seed= */ 1))
            .toList();
    List<double[]> layers = new ArrayList<>();
    for (Path file : files) {
      try (Capture capture = Capture.open(file)) {
        for (int layer : Captures.layers(capture)) {
          LayerUnit unit = Captures.keysAlone(capture, layer);
          double[] errors = new double[SPECS.size()];
          List<ResultRow> rows = new LayerMeasurement(Methods.STANDARD).measure(unit, cells);
          for (int i = 0; i < errors.length; i++) {
            ResultRow row = rows.get(i);
            assertTrue(row.measured(), () -> unit.key() + ": " + row.get(ResultColumn.ERROR));
            errors[i] = (Double) row.get(ResultColumn.NMSE);
          }
          layers.add(errors);
        }
      }
    }
    return layers;
  }

  /** Geometric mean over layers of the ratio of two methods' errors. */
  private static double ratio(String model, List<double[]> layers, int spec, int baseline) {
    double logarithms = 0;
    for (double[] errors : layers) {
      logarithms += Math.log(errors[spec] / errors[baseline]);
    }
    double ratio = Math.exp(logarithms / layers.size());
    System.out.printf(
        Locale.ROOT,
        "%s, %d layers: error of %s is %.3f of that of %s%n",
        model,
        layers.size(),
        SPECS.get(spec),
        ratio,
        SPECS.get(baseline));
    return ratio;
  }

  /** Rotated keys of Llama have tails, a kurtosis of 4 to 8: both methods help. */
  @Test
  void llama() {
    List<double[]> layers = keys("books-llama-13m");
    double decoQuant = ratio("books-llama-13m", layers, DECOQUANT, SYMMETRIC_RTN);
    assertEquals(0.55, decoQuant, 0.1, "about half");
    assertTrue(ratio("books-llama-13m", layers, ROTATED_RTN, RTN) < 0.7);
    directHiggs(layers);
  }

  @Test
  void qwen() {
    List<double[]> layers = keys("books-qwen3-13m");
    assertTrue(ratio("books-qwen3-13m", layers, ROTATED_RTN, RTN) < 0.8);
    directHiggs(layers);
  }

  /**
   * Keys of GPT-2's later layers have a kurtosis of 2 to 3, at most that of the Gaussian which a
   * change of basis makes of them: neither helps.
   */
  @Test
  void gpt2() {
    List<double[]> layers = keys("books-gpt2-15m");
    assertTrue(ratio("books-gpt2-15m", layers, DECOQUANT, SYMMETRIC_RTN) > 1);
    assertTrue(ratio("books-gpt2-15m", layers, ROTATED_RTN, RTN) > 1);
    directHiggs(layers);
  }

  /** About the 0.108 of the grid, for coefficients that are not quite Gaussian. */
  private static void directHiggs(List<double[]> layers) {
    for (double[] errors : layers) {
      assertEquals(0.11, errors[HIGGS], 0.015);
    }
  }
}
