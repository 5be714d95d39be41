package io.kvsweep.udfs.method.aqua;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.udfs.artefact.Artefact;
import java.util.List;

/**
 * The predictors of a model as an artefact holds them, little-endian:
 *
 * <pre>
 * layers, channels C                              int
 * per layer above the first: relative errors of keys and values     double
 * per layer above the first, bfloat16:
 *   key weights [C, C], key bias [C], value weights [2C, C], value bias [C]
 * </pre>
 *
 * Weights are widened when a layer is asked for, so that memory is that of the file. Immutable.
 */
public final class Predictors {
  private static final int HEADER = 8;
  private static final int ERRORS = 16; // bytes of relative errors per layer

  private final byte[] bytes;
  private final int start;
  private final int layers;
  private final int channels;

  private Predictors(byte[] bytes, int start) {
    this.bytes = bytes;
    this.start = start;
    this.layers = LittleEndian.getInt(bytes, start);
    this.channels = LittleEndian.getInt(bytes, start + 4);
  }

  /**
   * The predictors in an artefact.
   *
   * @throws InvalidInputException if its size is not what its header says
   */
  public static Predictors of(Artefact artefact) {
    int length = artefact.bodyLength();
    if (length >= HEADER) {
      Predictors out = new Predictors(artefact.bytes(), artefact.bodyStart());
      if (out.layers >= 1 && out.channels >= 1 && length == size(out.layers, out.channels)) {
        return out;
      }
    }
    throw new InvalidInputException(
        "the artefact of %s for '%s' holds no predictors of AQUA-KV (%d bytes); calibrate again"
            .formatted(artefact.recipe().model(), artefact.recipe().spec(), length));
  }

  /** The body of an artefact. */
  public static byte[] toBytes(int channels, List<LayerPredictors> above) {
    int layers = above.size() + 1;
    byte[] out = new byte[Math.toIntExact(size(layers, channels))];
    LittleEndian.putInt(out, 0, layers);
    LittleEndian.putInt(out, 4, channels);
    int at = HEADER;
    for (LayerPredictors layer : above) {
      LittleEndian.putLong(out, at, Double.doubleToRawLongBits(layer.keyRelMse()));
      LittleEndian.putLong(out, at + 8, Double.doubleToRawLongBits(layer.valueRelMse()));
      at += ERRORS;
    }
    for (LayerPredictors layer : above) {
      for (Predictor predictor : List.of(layer.keys(), layer.values())) {
        at = write(predictor.weights(), out, at);
        at = write(predictor.bias(), out, at);
      }
    }
    return out;
  }

  private static int write(float[] values, byte[] out, int at) {
    DType.BF16.encode(values, 0, out, at, values.length);
    return at + 2 * values.length;
  }

  /** Numbers of the predictors of a model: {@code (layers - 1) (3 C^2 + 2 C)}. */
  public static long parameters(int layers, int channels) {
    return (layers - 1L) * (3L * channels * channels + 2L * channels);
  }

  private static long size(int layers, int channels) {
    return HEADER + (layers - 1L) * ERRORS + 2 * parameters(layers, channels);
  }

  /** Layers of the model, the first included. */
  public int layers() {
    return layers;
  }

  /** Channels of a token, heads joined. */
  public int channels() {
    return channels;
  }

  /**
   * The predictors of a layer.
   *
   * @param layer 1 for the layer above the first
   */
  public LayerPredictors layer(int layer) {
    long perLayer = 2 * parameters(2, channels);
    int at = Math.toIntExact(start + HEADER + (layers - 1L) * ERRORS + (layer - 1) * perLayer);
    Predictor keys = read(at, channels);
    Predictor values = read(at + 2 * (channels * channels + channels), 2 * channels);
    int errors = start + HEADER + (layer - 1) * ERRORS;
    return new LayerPredictors(
        keys,
        values,
        Double.longBitsToDouble(LittleEndian.getLong(bytes, errors)),
        Double.longBitsToDouble(LittleEndian.getLong(bytes, errors + 8)));
  }

  private Predictor read(int at, int inputs) {
    float[] weights = new float[inputs * channels];
    float[] bias = new float[channels];
    DType.BF16.decode(bytes, at, weights, 0, weights.length);
    DType.BF16.decode(bytes, at + 2 * weights.length, bias, 0, channels);
    return new Predictor(inputs, channels, weights, bias);
  }
}
