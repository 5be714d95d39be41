package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.OptionalLong;

/**
 * Codes keys and values of all layers together, layer after layer, one run of tokens at a time: a
 * layer may be predicted from the reconstruction of the one before. Implementations are immutable;
 * the passes are not, and belong to one thread.
 */
public non-sealed interface CacheCodec extends Codec {
  /** Rotary stage of the keys it works on. */
  RopeStage rope();

  /**
   * Nominal bits per value of a layer: codes only.
   *
   * @param layer 0 for the first layer that the capture holds
   */
  double nominalBits(int layer, TensorShape shape, DType captured);

  /**
   * Length of the block of one tensor of a layer and run, where it follows from their sizes alone.
   *
   * @param layer 0 for the first layer that the capture holds
   */
  default OptionalLong blockBytes(int layer, Run run) {
    return OptionalLong.empty();
  }

  /** Starts to encode a run of tokens. */
  EncodingPass encode(Run run);

  /** Starts to decode a run of tokens. */
  DecodingPass decode(Run run);

  /**
   * A run of tokens that is coded on its own.
   *
   * @param firstToken index of its first token in the prompt, 0 for the start
   * @param shape {@code [tokens of the run, kv heads, headDim]}
   * @param promptTokens tokens of the whole prompt, of which the run is a part
   * @param layers number of layers
   * @param dtype format of the captured values
   */
  record Run(int firstToken, TensorShape shape, int promptTokens, int layers, DType dtype) {
    public Run {
      if (firstToken < 0 || promptTokens - firstToken < shape.tokens()) {
        throw new IllegalArgumentException(
            "tokens %d to %d are not in a prompt of %d"
                .formatted(firstToken, firstToken + shape.tokens() - 1, promptTokens));
      }
    }
  }

  /** Keys and values of one layer and run, row-major {@code [tokens, heads, headDim]}. */
  record KeysAndValues(float[] keys, float[] values) {}

  /** One block for the keys and one for the values of a layer and run. */
  record Blocks(byte[] keys, byte[] values) {}

  /** What was decoded for one layer and run. */
  record Decoded(Reconstruction keys, Reconstruction values) {}

  /** Takes the layers in ascending order. */
  interface EncodingPass {
    /** Encodes the next layer. */
    Blocks next(KeysAndValues exact);
  }

  /** Gives the layers in ascending order. */
  interface DecodingPass {
    /**
     * Decodes the next layer.
     *
     * @throws io.kvsweep.udfs.block.MalformedBlockException as {@link TensorCodec#decode}
     */
    Decoded next(Blocks blocks);
  }
}
