package io.kvsweep.datasets.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.DatasetVerifier;
import io.kvsweep.datasets.canonical.ImportSummary;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorKind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SyntheticCaptureTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path folder;

  private static float[] values(SynthSpec spec, int layer, TensorKind kind) {
    try (SyntheticCapture capture = new SyntheticCapture(spec, spec.prompts().get(0))) {
      TensorSpec tensor =
          capture.tensors().stream()
              .filter(t -> t.layer() == layer && t.kind() == kind)
              .findFirst()
              .orElseThrow();
      byte[] bytes = new byte[(int) tensor.bytes()];
      capture.read(tensor, 0, tensor.shape().tokens(), bytes);
      float[] out = new float[tensor.shape().values()];
      tensor.dtype().decode(bytes, 0, out, 0, out.length);
      return out;
    }
  }

  @Test
  void sameSpecSameBytesInAnyOrder() {
    SynthSpec spec = SynthSpec.builder().tokens(100).kvHeads(3).queryHeads(6).headDim(10).build();
    try (SyntheticCapture capture = new SyntheticCapture(spec, "prompt-0")) {
      for (TensorSpec tensor : capture.tensors()) {
        int tokens = tensor.shape().tokens();
        byte[] whole = new byte[(int) tensor.bytes()];
        capture.read(tensor, 0, tokens, whole);
        byte[] row = new byte[tensor.rowBytes()];
        for (int i = tokens - 1; i >= 0; i -= 13) {
          capture.read(tensor, i, 1, row);
          int start = i * row.length;
          assertArrayEquals(Arrays.copyOfRange(whole, start, start + row.length), row);
        }
      }
    }
    // A fixed value: other machines and later versions must make the same bytes.
    assertEquals(FIXED, Arrays.hashCode(values(spec, 2, TensorKind.KEY)));
  }

  private static final int FIXED = -201508607;

  @Test
  void writesADatasetThatVerifies() {
    SynthSpec spec =
        SynthSpec.builder().prompts(List.of("a", "b")).layers(2).tokens(300).queries(20).build();
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(folder.resolve("d").toUri());
    ImportSummary summary = SyntheticCapture.write(spec, root, CONF, line -> {});
    assertEquals(2, summary.added());
    assertTrue(DatasetVerifier.verify(root, CONF, line -> {}).ok());
    assertEquals(2, SyntheticCapture.write(spec, root, CONF, line -> {}).unchanged());
    org.apache.hadoop.fs.Path again = new org.apache.hadoop.fs.Path(folder.resolve("e").toUri());
    SyntheticCapture.write(spec, again, CONF, line -> {});
    DatasetManifest first = Dataset.open(root, CONF).manifest();
    assertEquals(first, Dataset.open(again, CONF).manifest());
    assertNotEquals(
        first.prompt("synthetic", "a").tensors(), first.prompt("synthetic", "b").tensors());
  }

  @ParameterizedTest
  @CsvSource({"POWER_LAW,0.8", "EXPONENTIAL,0.2", "POWER_LAW,0"})
  void covarianceHasTheSpectrum(Spectrum.Decay decay, double rate) {
    int tokens = 20_000;
    Spectrum spectrum = new Spectrum(decay, rate);
    SynthSpec spec =
        SynthSpec.builder()
            .tokens(tokens)
            .kvHeads(3)
            .queryHeads(3)
            .headDim(5)
            .ropeTheta(OptionalDouble.empty())
            .dtype(DType.F32)
            .spectrum(spectrum)
            .sinks(0)
            .build();
    double[] eigenvalues = eigenvalues(covariance(values(spec, 2, TensorKind.VALUE), 15));
    double[] expected = spectrum.deviations(15);
    for (int i = 0; i < 15; i++) {
      assertEquals(1, eigenvalues[i] / (expected[i] * expected[i]), 0.1);
    }
    // and the map really mixes: no channel keeps the strongest latent for itself
    double[][] covariance = covariance(values(spec, 2, TensorKind.VALUE), 15);
    for (int c = 0; rate > 0 && c < 15; c++) {
      assertTrue(covariance[c][c] < 0.8 * eigenvalues[0]);
    }
  }

  private static double[][] covariance(float[] data, int channels) {
    double[][] out = new double[channels][channels];
    int tokens = data.length / channels;
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < channels; i++) {
        for (int j = 0; j < channels; j++) {
          out[i][j] += (double) data[t * channels + i] * data[t * channels + j] / tokens;
        }
      }
    }
    return out;
  }

  /** Cyclic Jacobi, descending. */
  private static double[] eigenvalues(double[][] a) {
    int n = a.length;
    for (int sweep = 0; sweep < 30; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          double theta = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
          double c = Math.cos(theta);
          double s = Math.sin(theta);
          for (int k = 0; k < n; k++) {
            double x = a[k][p];
            double y = a[k][q];
            a[k][p] = c * x - s * y;
            a[k][q] = s * x + c * y;
          }
          for (int k = 0; k < n; k++) {
            double x = a[p][k];
            double y = a[q][k];
            a[p][k] = c * x - s * y;
            a[q][k] = s * x + c * y;
          }
        }
      }
    }
    double[] out = new double[n];
    for (int i = 0; i < n; i++) {
      out[i] = -a[i][i];
    }
    Arrays.sort(out);
    return Arrays.stream(out).map(x -> -x).toArray();
  }

  @Test
  void sinksAndOutliersStandOut() {
    SynthSpec spec = SynthSpec.builder().outlierChannels(3).outlierScale(20).sinkScale(10).build();
    float[] keys = values(spec, 1, TensorKind.KEY);
    double[] channel = new double[128];
    double sink = 0;
    double rest = 0;
    for (int i = 0; i < keys.length; i++) {
      int token = i / 128;
      if (token >= 4) {
        channel[i % 128] += Math.abs(keys[i]) / (1024 - 4);
        rest += (double) keys[i] * keys[i] / (1024 - 4);
      } else {
        sink += (double) keys[i] * keys[i] / 4;
      }
    }
    assertEquals(3, Arrays.stream(channel).filter(mean -> mean > 6).count());
    assertTrue(sink > 20 * rest, sink + " against " + rest);
  }

  @Test
  void layersAreCorrelatedAsAsked() {
    SynthSpec spec =
        SynthSpec.builder()
            .tokens(5000)
            .kvHeads(1)
            .queryHeads(1)
            .headDim(1)
            .ropeTheta(OptionalDouble.empty())
            .outlierChannels(0)
            .sinks(0)
            .layerCorrelation(0.8)
            .dtype(DType.F32)
            .build();
    for (int distance = 1; distance <= 3; distance++) {
      float[] a = values(spec, 0, TensorKind.VALUE);
      float[] b = values(spec, distance, TensorKind.VALUE);
      double ab = 0;
      double aa = 0;
      double bb = 0;
      for (int i = 0; i < a.length; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
      }
      assertEquals(1, bb / a.length, 0.1);
      assertEquals(Math.pow(0.8, distance), ab / Math.sqrt(aa * bb), 0.05);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void smallestShape(DType dtype) {
    SynthSpec spec =
        SynthSpec.builder()
            .dtype(dtype)
            .tokens(1)
            .layers(1)
            .kvHeads(1)
            .queryHeads(1)
            .headDim(2)
            .outlierChannels(0)
            .sinks(1)
            .queries(1)
            .build();
    assertEquals(2, values(spec, 0, TensorKind.QUERY).length);
  }

  @Test
  void refusesWhatMakesNoSense() {
    refused(SynthSpec.builder().tokens(0), "synth: tokens is 0; expected 1 to 2147483647");
    refused(
        SynthSpec.builder().queryHeads(3),
        "synth: query-heads is 3; expected a multiple of the 2 KV heads");
    refused(SynthSpec.builder().queries(2000), "synth: queries is 2000; expected 0 to 1024");
    refused(
        SynthSpec.builder().layerCorrelation(1),
        "synth: layer-correlation is 1.0; expected 0 to below 1");
    refused(
        SynthSpec.builder().outlierScale(0.5), "synth: outlier-scale is 0.5; expected 1 to 10000");
    refused(
        SynthSpec.builder().model("all models"),
        "synth: model is all models; expected a name, and not that of lines over models");
    refused(SynthSpec.builder().headDim(63), "synth: head-dim is 63; expected an even number");
    refused(SynthSpec.builder().prompts(List.of("a", "a")), "synth: prompts is [a, a]; expected");
    refused(
        SynthSpec.builder().tokens(1 << 26),
        "synth: tokens x kv-heads x head-dim is 8589934592; expected");
    assertEquals(
        "synth: spectrum rate -1.0 is out of range; expected 0 (flat) to 20",
        assertThrows(InvalidInputException.class, () -> new Spectrum(Spectrum.Decay.POWER_LAW, -1))
            .getMessage());
  }

  private static void refused(SynthSpecBuilder builder, String expected) {
    String message = assertThrows(InvalidInputException.class, builder::build).getMessage();
    assertTrue(message.startsWith(expected), message);
  }
}
