package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.function.BiConsumer;

/**
 * A selector that can choose one set of tokens for all layers and heads of a prompt, which stays in
 * memory and is read whole by every step: what can stand left of a {@link CacheCodec}.
 */
public interface PromptSelector extends TokenSelector {
  /**
   * Selects for all layers.
   *
   * @return a block that {@link #decodePrompt} reads
   */
  byte[] encodePrompt(PromptKeys keys);

  /**
   * The tokens that stay, from the bytes.
   *
   * @throws io.kvsweep.udfs.block.MalformedBlockException as {@link TensorCodec#decode}
   */
  HeadTokens decodePrompt(byte[] block, TensorShape expected);

  /** Keys of a prompt, read in runs of tokens as they are asked for. */
  interface PromptKeys {
    /** Shape {@code [tokens, kv heads, headDim]} of each layer. */
    TensorShape shape();

    DType dtype();

    /** Number of layers. */
    int layers();

    /**
     * Reads the keys of a layer.
     *
     * @param layer 0 for the first layer that the capture holds
     * @param sink takes the index of the first token of each run, and the run
     */
    void read(int layer, BiConsumer<Integer, TensorView> sink);
  }
}
