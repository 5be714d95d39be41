package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.PromptKey;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.aqua.AquaCodec;
import io.kvsweep.udfs.method.aqua.LayerPredictors;
import io.kvsweep.udfs.method.aqua.Predictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The fit as the notes on AQUA-KV describe it, all tokens at once, by Gaussian elimination. */
final class ReferenceFit {
  private ReferenceFit() {}

  static List<LayerPredictors> of(
      String spec,
      Dataset dataset,
      String model,
      List<String> prompts,
      int layers,
      int sinks,
      int channels) {
    AquaCodec codec = (AquaCodec) Methods.STANDARD.pipeline(spec, 1).codec();
    TensorReader reader = new TensorReader(dataset);
    List<LayerPredictors> out = new ArrayList<>();
    float[] keys = null;
    float[] values = null;
    for (int l = 0; l < layers; l++) {
      float[] k = rows(reader, model, prompts, l, TensorKind.KEY, sinks, channels);
      float[] v = rows(reader, model, prompts, l, TensorKind.VALUE, sinks, channels);
      int rows = k.length / channels;
      if (l == 0) {
        keys = codec.coder(0, channels).encode(k, Optional.empty(), rows).reconstruction();
        values = codec.coder(0, channels).encode(v, Optional.empty(), rows).reconstruction();
        continue;
      }
      Predictor forKeys = solve(k, channels, keys);
      float[] keyPrediction = forKeys.predict(rows, keys);
      keys = codec.coder(l, channels).encode(k, Optional.of(keyPrediction), rows).reconstruction();
      Predictor forValues = solve(v, channels, keys, values);
      float[] valuePrediction = forValues.predict(rows, keys, values);
      values =
          codec.coder(l, channels).encode(v, Optional.of(valuePrediction), rows).reconstruction();
      out.add(
          new LayerPredictors(
              forKeys, forValues, relMse(k, keyPrediction), relMse(v, valuePrediction)));
    }
    return out;
  }

  private static float[] rows(
      TensorReader reader,
      String model,
      List<String> prompts,
      int layer,
      TensorKind kind,
      int sinks,
      int channels) {
    float[] out = new float[0];
    for (String prompt : prompts) {
      KvTensor tensor = reader.read(new PromptKey(model, prompt), layer, kind);
      int at = out.length;
      int count = tensor.data().length - sinks * channels;
      out = Arrays.copyOf(out, at + count);
      System.arraycopy(tensor.data(), sinks * channels, out, at, count);
    }
    return out;
  }

  private static double relMse(float[] exact, float[] predicted) {
    double error = 0;
    double energy = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.pow((double) predicted[i] - exact[i], 2);
      energy += (double) exact[i] * exact[i];
    }
    return error / energy;
  }

  private static Predictor solve(float[] y, int channels, float[]... parts) {
    int inputs = parts.length * channels;
    int rows = y.length / channels;
    double[][] a = new double[inputs + 1][inputs + 1 + channels];
    for (int r = 0; r < rows; r++) {
      double[] z = new double[inputs + 1 + channels];
      for (int i = 0; i < inputs; i++) {
        z[i] = parts[i / channels][r * channels + i % channels];
      }
      z[inputs] = 1;
      for (int i = 0; i < channels; i++) {
        z[inputs + 1 + i] = y[r * channels + i];
      }
      for (int i = 0; i <= inputs; i++) {
        for (int j = 0; j < z.length; j++) {
          a[i][j] += z[i] * z[j];
        }
      }
    }
    double mean = 0;
    for (int i = 0; i <= inputs; i++) {
      mean += Math.abs(a[i][i]) / (inputs + 1);
    }
    for (int i = 0; i <= inputs; i++) {
      a[i][i] += 1e-3 * mean;
    }
    for (int p = 0; p <= inputs; p++) {
      for (int i = 0; i <= inputs; i++) {
        double factor = i == p ? 0 : a[i][p] / a[p][p];
        for (int j = 0; j < a[i].length && factor != 0; j++) {
          a[i][j] -= factor * a[p][j];
        }
      }
    }
    double[] weights = new double[inputs * channels];
    double[] bias = new double[channels];
    for (int i = 0; i <= inputs; i++) {
      for (int j = 0; j < channels; j++) {
        double x = a[i][inputs + 1 + j] / a[i][i];
        if (i < inputs) {
          weights[i * channels + j] = x;
        } else {
          bias[j] = x;
        }
      }
    }
    return Predictor.rounded(inputs, channels, weights, bias);
  }
}
