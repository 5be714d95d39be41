package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.linalg.BalancedFactors;
import io.kvsweep.udfs.linalg.MatrixProduct;
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Variant A: rows are runs of {@code inner} consecutive channels of one token, {@code M [tokens
 * channels / inner, inner]}. The large factor has the shape of {@code M} and one scale per token,
 * the small one is {@code [inner, inner]}.
 */
record TokenSlices(int inner) implements Factorization {

  @Override
  public String variant() {
    return "a";
  }

  @Override
  public OptionalInt runChannels() {
    return OptionalInt.of(inner);
  }

  @Override
  public Sizes sizes(int tokens, int channels) {
    return new Sizes((long) tokens * channels, tokens, (long) inner * inner);
  }

  @Override
  public Optional<String> obstacle(int tokens, TensorShape shape) {
    return shape.headDim() % inner == 0
        ? Optional.empty()
        : Optional.of(
            "inner=%d does not divide the head dimension %d: use inner=%d or a smaller power of two"
                .formatted(inner, shape.headDim(), Integer.lowestOneBit(shape.headDim())));
  }

  @Override
  public Factors factor(float[] block, int tokens, int channels) {
    BalancedFactors factors = BalancedFactors.of(block, block.length / inner, inner);
    float[] right = new float[inner * inner];
    for (int i = 0; i < right.length; i++) {
      right[i] = (float) factors.right()[i];
    }
    return new Factors(factors.left(block), right);
  }

  @Override
  public void encode(
      float[] block,
      int tokens,
      int channels,
      SymmetricQuantizer quantizer,
      BitWriter codes,
      HalfWriter scales,
      HalfWriter small) {
    Factors factors = factor(block, tokens, channels);
    quantizer.encodeRuns(factors.large(), 0, tokens, channels, 0, codes, scales);
    for (float entry : factors.small()) {
      small.write(entry, "an entry of the small factor");
    }
  }

  @Override
  public float[] decode(
      BitReader codes,
      HalfReader scales,
      HalfReader small,
      SymmetricQuantizer quantizer,
      int tokens,
      int channels) {
    float[] large = new float[tokens * channels];
    quantizer.decodeRuns(codes, scales, large, 0, tokens, channels, 0);
    float[] right = new float[inner * inner];
    small.read(right);
    float[] out = new float[tokens * channels];
    MatrixProduct.add(large, right, out, out.length / inner, inner, inner);
    return out;
  }
}
