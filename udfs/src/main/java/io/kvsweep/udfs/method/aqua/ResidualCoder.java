package io.kvsweep.udfs.method.aqua;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.Optional;

/**
 * Codes what a prediction leaves of rows {@code [rows, channels]}: {@code x^ = p + DQ(Q(x - p))},
 * so that {@code x^ - x} is the quantiser's own error and errors do not add up over layers. Coder
 * and decoder reconstruct by the same code from the same bytes.
 */
public record ResidualCoder(RowQuantizer quantizer, int channels) {

  /**
   * What was coded.
   *
   * @param reconstruction what a decoder will make of it, {@code [rows, channels]}
   */
  public record Coded(byte[] codes, byte[] parameters, float[] reconstruction) {}

  /**
   * Codes rows.
   *
   * @param exact not changed
   * @param prediction of the same size; empty where nothing is predicted
   */
  public Coded encode(float[] exact, Optional<float[]> prediction, int rows) {
    float[] residual = exact;
    if (prediction.isPresent()) {
      residual = new float[exact.length];
      float[] predicted = prediction.get();
      for (int i = 0; i < residual.length; i++) {
        residual[i] = exact[i] - predicted[i];
      }
    }
    BitWriter codes = new BitWriter(quantizer.codeBits(rows, channels));
    HalfWriter parameters = new HalfWriter((int) quantizer.parameterBytes(rows, channels) / 2);
    quantizer.encode(residual, rows, channels, codes, parameters);
    byte[] codeBytes = codes.toByteArray();
    byte[] parameterBytes = parameters.toByteArray();
    return new Coded(
        codeBytes,
        parameterBytes,
        decode(
            new BitReader(codeBytes, 0, codeBytes.length),
            new HalfReader(parameterBytes, 0, parameterBytes.length),
            prediction,
            rows));
  }

  /** Reconstructs rows; reads the codes to their end. */
  float[] decode(BitReader codes, HalfReader parameters, Optional<float[]> prediction, int rows) {
    float[] out = new float[rows * channels];
    quantizer.decode(codes, parameters, out, rows, channels);
    codes.finish();
    if (prediction.isPresent()) {
      float[] predicted = prediction.get();
      for (int i = 0; i < out.length; i++) {
        out[i] = predicted[i] + out[i];
      }
    }
    return out;
  }

  long codeBytes(long rows) {
    return (quantizer.codeBits(rows, channels) + 7) / 8;
  }

  long parameterBytes(long rows) {
    return quantizer.parameterBytes(rows, channels);
  }
}
