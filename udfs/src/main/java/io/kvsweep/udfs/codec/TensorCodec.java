package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;
import java.util.Optional;

/**
 * Codes one tensor of one layer. Implementations are immutable and thread-safe; encoding is
 * deterministic: the same view, specification and seed give the same bytes.
 */
public non-sealed interface TensorCodec extends Codec {
  /**
   * Rotary stage in which it works: {@code PRE} or {@code POST}, or {@code NONE} for "as captured".
   * Without effect on values and on models without rotary embedding.
   */
  RopeStage rope();

  /**
   * Nominal bits per value: codes only, as papers count.
   *
   * @param block what {@link #encode} returned
   */
  double nominalBits(byte[] block);

  /**
   * Encodes a tensor.
   *
   * @return one {@link io.kvsweep.udfs.block.EncodedBlock}
   * @throws io.kvsweep.udfs.block.UnencodableException if the tensor cannot be represented
   */
  byte[] encode(TensorView view);

  /**
   * Decodes from the bytes alone.
   *
   * @param expected shape {@code [tokens, heads, headDim]} that the caller has room for
   * @throws io.kvsweep.udfs.block.MalformedBlockException if the bytes are damaged, of another
   *     codec, of other parameters or of another shape
   */
  Reconstruction decode(byte[] block, TensorShape expected);

  /** The least that must be read of codes to rebuild one head of one token. */
  default ReadGrain readGrain(TensorShape shape) {
    return ReadGrain.HEAD;
  }

  /**
   * The group of tokens whose parameters rebuild a token; each group has as many.
   *
   * @param shape of what is coded
   * @param token its row there
   * @return from 0, ascending with tokens; -1 where a token needs none
   */
  default int parameterGroup(TensorKind kind, TensorShape shape, int token) {
    return token;
  }

  /** Whether what rebuilds one head of a token are parameters of all its heads. */
  default boolean headsShareParameters(TensorKind kind, TensorShape shape) {
    return readGrain(shape) != ReadGrain.HEAD;
  }

  /**
   * Bytes that the same method would need at another prompt length of the same channels. At the
   * block's own length it is the length of the block; the conformance suite checks that for every
   * method.
   *
   * @param view what was encoded
   * @param block what {@link #encode} returned
   * @throws io.kvsweep.udfs.block.UnencodableException if the method cannot code that length, or
   *     what it would choose there this prompt does not tell
   */
  long projectedBytes(TensorView view, byte[] block, int tokens);

  /**
   * The spectra that a block rests on, with the error that theory predicts: one of all heads
   * joined, or one per head.
   *
   * @param view what was encoded
   * @param block what {@link #encode} returned
   * @return none where the codec decomposes nothing
   */
  default List<Spectrum> spectra(TensorView view, byte[] block) {
    return List.of();
  }

  /**
   * How wide the numbers spread that it codes.
   *
   * @param view what was encoded
   * @return empty where the codec factors nothing
   */
  default Optional<FactorRanges> ranges(TensorView view) {
    return Optional.empty();
  }
}
