package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import java.util.Optional;
import java.util.OptionalInt;

/** How a block of tokens becomes a large factor that is quantised and a small one that is not. */
interface Factorization {
  /**
   * Numbers stored for a block of tokens.
   *
   * @param large entries of the large factor, each a code
   * @param scales of the large factor
   * @param small entries of the small factor
   */
  record Sizes(long large, long scales, long small) {}

  /**
   * The factors of a block of tokens, before any rounding to their stored form.
   *
   * @param large entries of the large factor, in the order of its codes
   * @param small entries of the small factor, in the order stored
   */
  record Factors(float[] large, float[] small) {}

  /** Its name among the values of {@code variant}. */
  String variant();

  /** Channels of a run; empty for a variant without runs. */
  OptionalInt runChannels();

  Sizes sizes(int tokens, int channels);

  /**
   * Factors a block of tokens.
   *
   * @param block {@code [tokens, channels]}
   */
  Factors factor(float[] block, int tokens, int channels);

  /**
   * Why blocks of {@code tokens} tokens of such a tensor cannot be factored, with the remedy.
   *
   * @param shape of the whole tensor
   */
  Optional<String> obstacle(int tokens, TensorShape shape);

  /**
   * Factors and encodes a block of tokens.
   *
   * @param block {@code [tokens, channels]}
   */
  void encode(
      float[] block,
      int tokens,
      int channels,
      SymmetricQuantizer quantizer,
      BitWriter codes,
      HalfWriter scales,
      HalfWriter small);

  /** Decodes a block of tokens, {@code [tokens, channels]}. */
  float[] decode(
      BitReader codes,
      HalfReader scales,
      HalfReader small,
      SymmetricQuantizer quantizer,
      int tokens,
      int channels);
}
