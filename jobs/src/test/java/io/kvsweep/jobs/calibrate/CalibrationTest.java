package io.kvsweep.jobs.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.synth.SynthSpec;
import io.kvsweep.datasets.synth.SyntheticCapture;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.method.aqua.LayerPredictors;
import io.kvsweep.udfs.method.aqua.Predictors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
  private static final String SPEC = "aqua(bits=2,backbone=rtn(group=8))";

  @TempDir static Path folder;
  private static Dataset dataset;

  @BeforeAll
  static void synthesise() {
    TestSpark.session();
    SynthSpec synth =
        SynthSpec.builder()
            .model("toy")
            .prompts(List.of("a", "b", "c"))
            .layers(4)
            .tokens(150)
            .headDim(8)
            .queries(4)
            .layerCorrelation(0.9)
            .build();
    org.apache.hadoop.fs.Path root =
        new org.apache.hadoop.fs.Path(folder.resolve("dataset").toString());
    SyntheticCapture.write(synth, root, new Configuration(), line -> {});
    dataset = Dataset.open(root, new Configuration());
  }

  private static CalibrationPlan plan(int blockTokens) {
    return CalibrationPlan.of(
            SPEC, List.of("*"), List.of("a", "b"), dataset.manifest(), blockTokens)
        .get(0);
  }

  private static AquaCalibration calibration(CalibrationPlan plan, int tasks, String name) {
    return new AquaCalibration(
        TestSpark.session(),
        plan,
        dataset.root().toString(),
        ArtefactFolder.of(folder.resolve(name).toString(), new Configuration()),
        tasks);
  }

  private static byte[] fit(int tasks) {
    return calibration(plan(32), tasks, "tasks-" + tasks).run(layer -> {}).artefact().bytes();
  }

  @Test
  void theSameToTheBitForEveryNumberOfTasks() {
    byte[] one = fit(1);
    assertArrayEquals(one, fit(2));
    assertArrayEquals(one, fit(7));
  }

  @Test
  void equalsAFitInOneThread() throws Exception {
    Predictors spark =
        Predictors.of(calibration(plan(32), 2, "reference").run(layer -> {}).artefact());
    List<LayerPredictors> reference =
        ReferenceFit.of(SPEC, dataset, "toy", List.of("a", "b"), 4, 4, 16);
    for (int l = 1; l < 4; l++) {
      LayerPredictors expected = reference.get(l - 1);
      LayerPredictors actual = spark.layer(l);
      // Both are rounded to bfloat16, which a difference below 1e-9 survives only at a tie.
      assertArrayEquals(expected.keys().weights(), actual.keys().weights());
      assertArrayEquals(expected.keys().bias(), actual.keys().bias());
      assertArrayEquals(expected.values().weights(), actual.values().weights());
      assertArrayEquals(expected.values().bias(), actual.values().bias());
      // The reference predicts in float32: 33 terms, each rounded by at most 2^-24.
      assertEquals(expected.keyRelMse(), actual.keyRelMse(), 33 * 0x1p-24);
      assertEquals(expected.valueRelMse(), actual.valueRelMse(), 33 * 0x1p-24);
      assertTrue(actual.keyRelMse() < 0.5, () -> "correlated layers: " + actual.keyRelMse());
    }
  }

  @Test
  void lostScratchFilesAreMadeAgain() {
    AquaCalibration calibration = calibration(plan(32), 2, "lost");
    Path scratch = folder.resolve("lost").resolve(calibration.scratch().folder());
    int[] deleted = {0};
    IntConsumer vandal =
        layer -> {
          try (Stream<Path> files = Files.list(scratch.resolve("layer-" + layer))) {
            for (Path file : files.sorted().toList()) {
              // Keys of even blocks, values of odd ones; of one block both.
              String name = file.getFileName().toString();
              if (name.matches("key-[0246]\\.f32|value-[13456]\\.f32")) {
                Files.delete(file);
                deleted[0]++;
              } else if (name.equals("key-1.f32")) {
                Files.write(file, new byte[5]); // cut short
              }
            }
          } catch (IOException e) {
            if (layer < 3) { // values of the last layer are not kept
              throw new UncheckedIOException(e);
            }
          }
        };
    byte[] damaged = calibration.run(vandal).artefact().bytes();
    assertTrue(deleted[0] >= 20, () -> "deleted " + deleted[0]);
    assertArrayEquals(fit(2), damaged);
    assertTrue(Files.notExists(scratch), "scratch is dropped at the end");
  }

  @Test
  void theReportTellsCostAndWorth() {
    CalibrationReport report = calibration(plan(4096), 2, "report").run(layer -> {}).report();
    assertEquals(List.of("a", "b"), report.prompts());
    assertEquals(2 * 146, report.tokens());
    assertEquals(2 * 3 * (3 * 16 * 16 + 2 * 16), report.adapterBytes());
    // Layer 0 both tensors; then keys twice and values twice, but for the last layer's once.
    long tensor = 2 * 146 * 16 * 2;
    assertEquals((2 + 4 + 4 + 3) * tensor, report.bytesRead());
    assertTrue(report.coreSeconds() > 0);
    double again = report.cost().coreSeconds(report.tokens(), 4);
    assertEquals(report.coreSeconds(), again, 1e-9 * again, "the split tells the run itself");
    assertEquals(3, report.layers().size());
    CalibrationReport.Layer first = report.layers().get(0);
    assertEquals(1, first.layer());
    assertEquals(Math.pow(4, -first.keyBits()), first.keyRelMse(), 1e-12);
    assertTrue(report.toJson().contains("\"core_seconds\""));
    assertTrue(report.text().contains("key relMSE"));
  }
}
