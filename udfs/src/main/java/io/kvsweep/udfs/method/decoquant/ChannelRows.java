package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.linalg.BalancedFactors;
import io.kvsweep.udfs.linalg.MatrixProduct;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Variant B: rows are channels, {@code K^T [channels, tokens]}. With {@code r = min(channels,
 * tokens)} the large factor is {@code [channels, r]} with one scale per channel, the small one
 * {@code [r, tokens]}: small only while tokens are few.
 */
record ChannelRows() implements Factorization {
  /** Largest eigendecomposition: seconds of work and 200 MB. */
  static final int MAX_RANK = 2048;

  @Override
  public String variant() {
    return "b";
  }

  @Override
  public OptionalInt runChannels() {
    return OptionalInt.empty();
  }

  @Override
  public Sizes sizes(int tokens, int channels) {
    long rank = Math.min(tokens, channels);
    return new Sizes(channels * rank, channels, rank * tokens);
  }

  @Override
  public Optional<String> obstacle(int tokens, TensorShape shape) {
    int rank = Math.min(tokens, shape.channels());
    return rank <= MAX_RANK
        ? Optional.empty()
        : Optional.of(
            "variant=b of %d channels and blocks of %d tokens needs the decomposition of a %d x %d matrix, at most %d: use variant=a, or block=%d or less"
                .formatted(shape.channels(), tokens, rank, rank, MAX_RANK, MAX_RANK));
  }

  @Override
  public Factors factor(float[] block, int tokens, int channels) {
    // Factored along the shorter side: K^T itself, or K = L R, of which K^T = R^T L^T.
    if (tokens <= channels) {
      float[] byChannel = Transpose.of(block, tokens, channels);
      BalancedFactors factors = BalancedFactors.of(byChannel, channels, tokens);
      return new Factors(factors.left(byChannel), rounded(factors.right()));
    }
    BalancedFactors factors = BalancedFactors.of(block, tokens, channels);
    return new Factors(
        Transpose.of(rounded(factors.right()), channels, channels),
        Transpose.of(factors.left(block), tokens, channels));
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
    int rank = Math.min(tokens, channels);
    quantizer.encodeRuns(factors.large(), 0, channels, rank, 0, codes, scales);
    for (float entry : factors.small()) {
      small.write(entry, "an entry of the small factor");
    }
  }

  private static float[] rounded(double[] values) {
    float[] out = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }

  @Override
  public float[] decode(
      BitReader codes,
      HalfReader scales,
      HalfReader small,
      SymmetricQuantizer quantizer,
      int tokens,
      int channels) {
    int rank = Math.min(tokens, channels);
    float[] large = new float[channels * rank];
    quantizer.decodeRuns(codes, scales, large, 0, channels, rank, 0);
    float[] right = new float[rank * tokens];
    small.read(right);
    float[] out = new float[channels * tokens];
    MatrixProduct.add(large, right, out, channels, rank, tokens);
    return Transpose.of(out, channels, tokens);
  }
}
