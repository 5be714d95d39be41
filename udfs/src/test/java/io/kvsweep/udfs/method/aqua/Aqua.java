package io.kvsweep.udfs.method.aqua;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What the tests of AQUA-KV share: random predictors, correlated layers, whole passes. */
public final class Aqua {
  /** Stores every float as it is. */
  static final RowQuantizer IDENTITY =
      new RowQuantizer() {
        @Override
        public int bits() {
          return 32;
        }

        @Override
        public void check(int channels) {}

        @Override
        public void encode(
            float[] values, int rows, int channels, BitWriter codes, HalfWriter parameters) {
          for (int i = 0; i < rows * channels; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            codes.write(new int[] {bits, bits >>> 8, bits >>> 16, bits >>> 24}, 0, 4, 8);
          }
        }

        @Override
        public void decode(
            BitReader codes, HalfReader parameters, float[] out, int rows, int channels) {
          int[] bytes = new int[4];
          for (int i = 0; i < rows * channels; i++) {
            codes.read(bytes, 0, 4, 8);
            out[i] =
                Float.intBitsToFloat(bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24);
          }
        }

        @Override
        public long parameterBytes(long rows, int channels) {
          return 0;
        }
      };

  private Aqua() {}

  /** Keys and values of layers, {@code [tokens, channels]} each. */
  record Cache(int tokens, int channels, List<float[]> keys, List<float[]> values) {
    int layers() {
      return keys.size();
    }

    CacheCodec.Run run(int from, int count) {
      return new CacheCodec.Run(
          from, new TensorShape(count, 1, channels), tokens, layers(), DType.F16);
    }

    CacheCodec.KeysAndValues layer(int layer, int from, int count) {
      return new CacheCodec.KeysAndValues(
          cut(keys.get(layer), from, count), cut(values.get(layer), from, count));
    }

    private float[] cut(float[] data, int from, int count) {
      return java.util.Arrays.copyOfRange(data, from * channels, (from + count) * channels);
    }
  }

  /**
   * Layer l is an orthogonal-like mix of layer l - 1 plus noise of so much of its energy; values
   * also depend on keys.
   */
  static Cache correlated(int layers, int tokens, int channels, double noise, long seed) {
    Random random = new Random(seed);
    List<float[]> keys = new ArrayList<>();
    List<float[]> values = new ArrayList<>();
    keys.add(gaussian(random, tokens * channels));
    values.add(gaussian(random, tokens * channels));
    for (int l = 1; l < layers; l++) {
      float[] key = mix(random, noise, tokens, channels, keys.get(l - 1));
      values.add(mix(random, noise, tokens, channels, key, values.get(l - 1)));
      keys.add(key);
    }
    return new Cache(tokens, channels, keys, values);
  }

  private static float[] mix(
      Random random, double noise, int tokens, int channels, float[]... from) {
    float[] out = gaussian(random, tokens * channels);
    double scale = Math.sqrt((1 - noise) / (channels * from.length));
    for (float[] part : from) {
      double[] matrix = random.doubles(channels * channels).map(x -> 0).toArray();
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = scale * random.nextGaussian();
      }
      for (int t = 0; t < tokens; t++) {
        for (int c = 0; c < channels; c++) {
          double sum =
              part == from[0] ? Math.sqrt(noise) * out[t * channels + c] : out[t * channels + c];
          for (int i = 0; i < channels; i++) {
            sum += part[t * channels + i] * matrix[i * channels + c];
          }
          out[t * channels + c] = (float) sum;
        }
      }
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = Float16.round(out[i]);
    }
    return out;
  }

  static float[] gaussian(Random random, int count) {
    float[] out = new float[count];
    for (int i = 0; i < count; i++) {
      out[i] = Float16.round((float) random.nextGaussian());
    }
    return out;
  }

  /** Random predictors of about unit gain. */
  static List<LayerPredictors> random(int layers, int channels, long seed) {
    Random random = new Random(seed);
    List<LayerPredictors> out = new ArrayList<>();
    for (int l = 1; l < layers; l++) {
      out.add(
          new LayerPredictors(
              random(random, channels, channels), random(random, 2 * channels, channels), 1, 1));
    }
    return out;
  }

  private static Predictor random(Random random, int inputs, int outputs) {
    double[] weights = new double[inputs * outputs];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextGaussian() / Math.sqrt(inputs);
    }
    return Predictor.rounded(inputs, outputs, weights, random.doubles(outputs).toArray());
  }

  static List<LayerPredictors> zeros(int layers, int channels) {
    List<LayerPredictors> out = new ArrayList<>();
    for (int l = 1; l < layers; l++) {
      out.add(
          new LayerPredictors(
              Predictor.zero(channels, channels), Predictor.zero(2 * channels, channels), 1, 1));
    }
    return out;
  }

  static Artefact artefact(String spec, int channels, List<LayerPredictors> predictors) {
    List<Recipe.Input> inputs = new ArrayList<>();
    for (int l = 0; l <= predictors.size(); l++) {
      inputs.add(new Recipe.Input("calibration", "layers." + l + ".key", "hash-" + l));
    }
    return Artefact.of(
        new Recipe("model", spec, "test-1", inputs), Predictors.toBytes(channels, predictors));
  }

  static AquaCodec codec(
      RowQuantizer first,
      RowQuantizer above,
      int sinks,
      int channels,
      List<LayerPredictors> predictors) {
    return AquaCodec.uncalibrated("test", first, above, new WholeTokens(sinks, Optional.empty()))
        .with(artefact("test", channels, predictors));
  }

  static CacheCodec codec(String spec, int channels, List<LayerPredictors> predictors) {
    return (CacheCodec)
        Methods.STANDARD
            .pipeline(spec, 1, Optional.of(artefact(spec, channels, predictors)))
            .codec();
  }

  /** A calibrated codec of random predictors, for tests of other packages. */
  public static CacheCodec calibrated(String spec, int layers, int channels, long seed) {
    return codec(spec, channels, random(layers, channels, seed));
  }

  /** Blocks of all layers of a run. */
  static List<CacheCodec.Blocks> encode(CacheCodec codec, Cache cache, int from, int count) {
    CacheCodec.EncodingPass pass = codec.encode(cache.run(from, count));
    List<CacheCodec.Blocks> out = new ArrayList<>();
    for (int l = 0; l < cache.layers(); l++) {
      out.add(pass.next(cache.layer(l, from, count)));
    }
    return out;
  }

  /** Codes and decodes in runs of so many tokens. */
  static Cache roundTrip(CacheCodec codec, Cache cache, int runTokens) {
    List<float[]> keys = new ArrayList<>();
    List<float[]> values = new ArrayList<>();
    for (int l = 0; l < cache.layers(); l++) {
      keys.add(new float[cache.tokens() * cache.channels()]);
      values.add(new float[cache.tokens() * cache.channels()]);
    }
    for (int from = 0; from < cache.tokens(); from += runTokens) {
      int count = Math.min(runTokens, cache.tokens() - from);
      CacheCodec.DecodingPass pass = codec.decode(cache.run(from, count));
      int at = from * cache.channels();
      int l = 0;
      for (CacheCodec.Blocks blocks : encode(codec, cache, from, count)) {
        CacheCodec.Decoded decoded = pass.next(blocks);
        System.arraycopy(decoded.keys().data(), 0, keys.get(l), at, count * cache.channels());
        System.arraycopy(decoded.values().data(), 0, values.get(l), at, count * cache.channels());
        l++;
      }
    }
    return new Cache(cache.tokens(), cache.channels(), keys, values);
  }

  static double nmse(float[] exact, float[] decoded) {
    double error = 0;
    double energy = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.pow((double) decoded[i] - exact[i], 2);
      energy += (double) exact[i] * exact[i];
    }
    return error / energy;
  }
}
