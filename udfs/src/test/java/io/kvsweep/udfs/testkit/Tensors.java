package io.kvsweep.udfs.testkit;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorView;
import java.util.Optional;
import java.util.Random;

/** Tensors of made-up data. */
public final class Tensors {
  public static final Rope ROPE = new Rope(10000);

  private Tensors() {}

  /** A view of keys without rotary embedding, captured as f32. */
  public static TensorView keys(float[] data, int tokens, int heads, int headDim) {
    return view(TensorKind.KEY, RopeStage.NONE, DType.F32, data, tokens, heads, headDim);
  }

  /** A view; data is rounded to the format of the capture. */
  public static TensorView view(
      TensorKind kind,
      RopeStage stage,
      DType dtype,
      float[] data,
      int tokens,
      int heads,
      int headDim) {
    byte[] bytes = new byte[data.length * dtype.bytes()];
    dtype.encode(data, 0, bytes, 0, data.length);
    float[] captured = new float[data.length];
    dtype.decode(bytes, 0, captured, 0, captured.length);
    int firstPosition = 5;
    KvTensor tensor =
        new KvTensor(
            kind, new TensorShape(tokens, heads, headDim), dtype, stage, firstPosition, captured);
    Optional<Rotary> rotary =
        stage == RopeStage.NONE
            ? Optional.empty()
            : Optional.of(Rotary.consecutive(ROPE, firstPosition, tokens, headDim));
    return new TensorView(tensor, rotary);
  }

  public static float[] gaussian(Random random, int count, double sigma) {
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = (float) (sigma * random.nextGaussian());
    }
    return data;
  }

  /**
   * Gaussian tokens with standard deviations {@code exp(-alpha j)} along random orthonormal
   * directions, {@code [tokens, channels]}.
   */
  public static float[] exponentialSpectrum(Random random, int tokens, int channels, double alpha) {
    double[][] axes = orthonormal(random, channels);
    float[] data = new float[tokens * channels];
    for (int t = 0; t < tokens; t++) {
      double[] row = new double[channels];
      for (int j = 0; j < channels; j++) {
        double x = Math.exp(-alpha * j) * random.nextGaussian();
        for (int c = 0; c < channels; c++) {
          row[c] += x * axes[j][c];
        }
      }
      for (int c = 0; c < channels; c++) {
        data[t * channels + c] = (float) row[c];
      }
    }
    return data;
  }

  /** Gram-Schmidt of random rows. */
  private static double[][] orthonormal(Random random, int n) {
    double[][] rows = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < n; c++) {
        rows[i][c] = random.nextGaussian();
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          double dot = 0;
          for (int c = 0; c < n; c++) {
            dot += rows[i][c] * rows[k][c];
          }
          for (int c = 0; c < n; c++) {
            rows[i][c] -= dot * rows[k][c];
          }
        }
      }
      double norm = 0;
      for (double x : rows[i]) {
        norm += x * x;
      }
      for (int c = 0; c < n; c++) {
        rows[i][c] /= Math.sqrt(norm);
      }
    }
    return rows;
  }

  /** Sum of squared differences over the sum of squares of {@code exact}. */
  public static double nmse(float[] exact, float[] other) {
    double energy = 0;
    for (float x : exact) {
      energy += (double) x * x;
    }
    return squaredError(exact, other) / energy;
  }

  public static double squaredError(float[] exact, float[] other) {
    double error = 0;
    for (int i = 0; i < exact.length; i++) {
      double d = (double) other[i] - exact[i];
      error += d * d;
    }
    return error;
  }
}
