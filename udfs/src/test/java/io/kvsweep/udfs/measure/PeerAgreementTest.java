package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.testkit.Captures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares with an independent implementation in PyTorch on real captures; see {@code
 * peer/README.md} among the test resources. Both round scales to binary16, so that codes differ
 * only where float32 sums do; the peer keeps SVDq's basis in float32, ours is stored in binary16,
 * which moves single cells of the attention metrics.
 *
 * <p>So would the sign of an eigenvector; {@code SymmetricEigen} gives LAPACK's, as PyTorch does.
 *
 * <p>The shipped samples always; all captures, where they are there, with {@code -Pfull}.
 */
class PeerAgreementTest {
  /** Their method name per our canonical specification. */
  private static final Map<String, String> METHODS = methods();

  private static final Map<ResultColumn, Double> CELL_TOLERANCE =
      Map.of(
          ResultColumn.NMSE, 0.01,
          ResultColumn.LOGIT_RMS, 0.01,
          ResultColumn.ATTENTION_KL, 0.05,
          ResultColumn.OUTPUT_ERROR, 0.20);
  private static final double MODEL_TOLERANCE = 0.01;

  private static final List<ResultColumn> METRICS =
      List.of(
          ResultColumn.NMSE,
          ResultColumn.LOGIT_RMS,
          ResultColumn.ATTENTION_KL,
          ResultColumn.OUTPUT_ERROR);

  private static Map<String, String> methods() {
    Map<String, String> methods = new LinkedHashMap<>();
    for (String bits : List.of("2", "4")) {
      methods.put("rtn(bits=" + bits + ",axis=channel)", "per-channel-" + bits);
      methods.put("kivi(bits=" + bits + ",group=32,rope=pre)", "kivi-" + bits + "-g32");
    }
    for (String bits : List.of("1.25", "2", "2.25", "3", "4")) {
      methods.put("svdq(bits=" + bits + ",levels=endpoints,group=0)", "svdq-" + bits);
    }
    return methods;
  }

  @Test
  void everyCellOfTheSamplesAgreesWithTheYardstick() throws IOException {
    // Ten layers of four captures: what any checkout has.
    compare(Captures.samples(), 10 * METHODS.size());
  }

  @Test
  void everyCellOfTheSharedCapturesAgreesWithTheYardstick() throws IOException {
    assumeTrue(
        Boolean.getBoolean("kvsweep.full"), "skipped: 495 cells take a minute; run with -Pfull");
    List<Path> files = Captures.shared();
    assumeFalse(files.isEmpty(), "skipped: no captures in ../shared/captures");
    compare(files, (9 * 6 + 1) * METHODS.size());
  }

  private static void compare(List<Path> files, int expectedCells) throws IOException {
    List<Cell> cells = new ArrayList<>();
    for (String spec : METHODS.keySet()) {
      cells.add(
          Cell.of(
              Methods.STANDARD, Methods.STANDARD.expand(spec).get(0), CellKind.KEY, /* seed= */ 1));
    }
    Comparison comparison = new Comparison("yardstick", peer("/peer/sweep_torch.csv"));
    for (Path file : files) {
      try (Capture capture = Capture.open(file)) {
        for (int layer : Captures.layers(capture)) {
          LayerUnit unit = Captures.unit(capture, layer);
          List<ResultRow> rows = new LayerMeasurement(Methods.STANDARD).measure(unit, cells);
          int i = 0;
          for (String method : METHODS.values()) {
            String name =
                "%s,%s,%d,%s".formatted(unit.key().model(), unit.key().prompt(), layer, method);
            comparison.add(unit.key().model(), name, rows.get(i));
            i++;
          }
        }
      }
    }
    assertEquals(expectedCells, comparison.cells(), "cells compared");
    comparison.print();
    assertTrue(comparison.violations.isEmpty(), () -> String.join("\n", comparison.violations));
  }

  private static Map<String, double[]> peer(String resource) throws IOException {
    Map<String, double[]> rows = new TreeMap<>();
    try (BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(
                    PeerAgreementTest.class.getResourceAsStream(resource),
                    StandardCharsets.UTF_8));
        Stream<String> lines = reader.lines()) {
      lines
          .skip(1)
          .forEach(
              line -> {
                String[] fields = line.split(",", -1);
                assertEquals(8, fields.length, line);
                double[] metrics = new double[METRICS.size()];
                for (int i = 0; i < metrics.length; i++) {
                  metrics[i] = Double.parseDouble(fields[4 + i]);
                }
                rows.put(String.join(",", List.of(fields).subList(0, 4)), metrics);
              });
    }
    assertEquals(
        (9 * 6 + 1) * METHODS.size(), rows.size(), "nine captures of six layers, one of one");
    return rows;
  }

  /** Collects deviations, so that all are known when one fails. */
  private static final class Comparison {
    private final String reference;
    private final Map<String, double[]> peer;
    private final List<String> violations = new ArrayList<>();
    private final Map<ResultColumn, Double> largest = new LinkedHashMap<>();
    private final Map<ResultColumn, String> largestAt = new LinkedHashMap<>();
    private final Map<String, double[]> logRatios = new TreeMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();

    Comparison(String reference, Map<String, double[]> peer) {
      this.reference = reference;
      this.peer = peer;
    }

    void add(String model, String name, ResultRow row) {
      double[] expected = peer.get(name);
      assertNotNull(expected, () -> "the yardstick has no cell " + name);
      assertTrue(row.measured(), () -> name + ": " + row.get(ResultColumn.ERROR));
      for (int i = 0; i < METRICS.size(); i++) {
        ResultColumn metric = METRICS.get(i);
        double actual = (Double) row.get(metric);
        double deviation = Math.abs(actual / expected[i] - 1);
        if (!(deviation <= CELL_TOLERANCE.get(metric))) {
          violations.add(
              String.format(
                  Locale.ROOT,
                  "%s %s: %.6g, %s %.6g",
                  name,
                  metric.label(),
                  actual,
                  reference,
                  expected[i]));
        }
        if (deviation >= largest.getOrDefault(metric, -1.0)) {
          largest.put(metric, deviation);
          largestAt.put(metric, name);
        }
        logRatios.computeIfAbsent(model, m -> new double[METRICS.size()])[i] +=
            Math.log(actual / expected[i]);
      }
      counts.merge(model, 1, Integer::sum);
    }

    int cells() {
      return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    void print() {
      System.out.println("against the " + reference + ":");
      largest.forEach(
          (metric, deviation) ->
              System.out.printf(
                  Locale.ROOT,
                  "  largest deviation of %s: %.3f %% at %s%n",
                  metric.label(),
                  100 * deviation,
                  largestAt.get(metric)));
      violations.forEach(text -> System.out.println("  outside: " + text));
      logRatios.forEach(
          (model, sums) -> {
            for (int i = 0; i < sums.length; i++) {
              double ratio = Math.exp(sums[i] / counts.get(model));
              String text =
                  String.format(
                      Locale.ROOT,
                      "%s: geometric mean of %s is %.5f times that of the %s",
                      model,
                      METRICS.get(i).label(),
                      ratio,
                      reference);
              System.out.println("  " + text);
              if (!(Math.abs(ratio - 1) <= MODEL_TOLERANCE)) {
                violations.add(text);
              }
            }
          });
    }
  }
}
