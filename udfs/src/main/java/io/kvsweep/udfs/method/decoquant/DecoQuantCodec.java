package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.ExactTokens;
import io.kvsweep.udfs.codec.FactorRanges;
import io.kvsweep.udfs.codec.RangeEvidence;
import io.kvsweep.udfs.codec.ReadGrain;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.BalancedFactors;
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Block layout, for each block of tokens in order: codes = the large factor; parameters = its
 * scales; basis = the small factor, row-major. Exact = the tail. Nothing in a block of tokens
 * depends on the others.
 */
final class DecoQuantCodec implements TensorCodec {
  private final CodecId id;
  private final Factorization factorization;
  private final SymmetricQuantizer quantizer;
  private final TokenBlocks blocks;
  private final RopeStage rope;

  DecoQuantCodec(
      CodecId id, Factorization factorization, int bits, TokenBlocks blocks, RopeStage rope) {
    this.id = id;
    this.factorization = factorization;
    this.quantizer = new SymmetricQuantizer(bits);
    this.blocks = blocks;
    this.rope = rope;
  }

  @Override
  public RopeStage rope() {
    return rope;
  }

  @Override
  public double nominalBits(byte[] block) {
    TensorShape shape = EncodedBlock.open(block).shape();
    long values = (long) blocks.length(shape.tokens()) * shape.channels();
    return (double) quantizer.bits() * sizes(shape, shape.tokens()).large() / values;
  }

  @Override
  public byte[] encode(TensorView view) {
    TensorShape shape = view.shape();
    int tokens = shape.tokens();
    int coded = blocks.coded(tokens);
    int length = blocks.length(tokens);
    if (coded > 0) {
      factorization.obstacle(length, shape).ifPresent(DecoQuantCodec::refuse);
    }
    float[] data = view.data(rope);
    BitWriter codes = new BitWriter(8 * codeBytes(shape, tokens));
    HalfWriter parameters = new HalfWriter((int) parameterBytes(shape, tokens) / 2);
    HalfWriter basis = new HalfWriter((int) basisBytes(shape, tokens) / 2);
    for (int from = 0; from < coded; from += length) {
      float[] block = tokens(data, from, length, shape);
      BalancedFactors factors = factors(view, block, from, length);
      factorization.encode(
          block, factors, length, shape.channels(), quantizer, codes, parameters, basis);
    }
    return EncodedBlock.write(
        id,
        view.tensor().kind(),
        shape,
        view.dtype(),
        Map.of(
            Section.CODES,
            codes.toByteArray(),
            Section.PARAMETERS,
            parameters.toByteArray(),
            Section.BASIS,
            basis.toByteArray(),
            Section.EXACT,
            ExactTokens.encode(data, shape, view.dtype(), coded, tokens)));
  }

  private static float[] tokens(float[] data, int from, int count, TensorShape shape) {
    return count == shape.tokens()
        ? data
        : Arrays.copyOfRange(data, from * shape.channels(), (from + count) * shape.channels());
  }

  /** Of one block of a tensor; {@code stage} is what the data is really in. */
  private record FactorsKey(Factorization factorization, RopeStage stage, int from, int tokens) {}

  /**
   * Shared by cells that differ in bits alone, where all blocks' factors take no more than the
   * tensor or a block is all of it: those of variant B in blocks may be several times as large.
   */
  private BalancedFactors factors(TensorView view, float[] block, int from, int tokens) {
    int channels = view.shape().channels();
    Supplier<BalancedFactors> factored = () -> factorization.factor(block, tokens, channels);
    long small = factorization.sizes(tokens, channels).small();
    boolean large = blocks.count(view.shape().tokens()) > 1 && 4 * small > (long) tokens * channels;
    return large
        ? factored.get()
        : view.share(new FactorsKey(factorization, view.stage(rope), from, tokens), factored);
  }

  private record RangesKey(Factorization factorization, TokenBlocks blocks, RopeStage stage) {}

  @Override
  public Optional<FactorRanges> ranges(TensorView view) {
    return Optional.of(
        view.share(
            new RangesKey(factorization, blocks, view.stage(rope)), () -> measureRanges(view)));
  }

  private FactorRanges measureRanges(TensorView view) {
    TensorShape shape = view.shape();
    float[] data = view.data(rope);
    int length = blocks.length(shape.tokens());
    int count = blocks.count(shape.tokens());
    Factorization.Sizes sizes = sizes(shape, shape.tokens());
    float[] large = new float[Math.toIntExact(count * sizes.large())];
    float[] small = new float[Math.toIntExact(count * sizes.small())];
    for (int i = 0; i < count; i++) {
      float[] block = tokens(data, i * length, length, shape);
      Factorization.Written written =
          factorization.written(
              block, factors(view, block, i * length, length), length, shape.channels());
      append(written.large(), large, i);
      append(written.small(), small, i);
    }
    OptionalInt inner = factorization.runChannels();
    return new FactorRanges(
        factorization.variant(),
        inner.isPresent() ? inner.getAsInt() : null,
        RangeEvidence.of(tokens(data, 0, blocks.coded(shape.tokens()), shape)),
        RangeEvidence.of(large),
        RangeEvidence.of(small));
  }

  private static void append(float[] part, float[] all, int index) {
    System.arraycopy(part, 0, all, index * part.length, part.length);
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    int tokens = expected.tokens();
    int coded = blocks.coded(tokens);
    int length = blocks.length(tokens);
    factorization
        .obstacle(length, expected)
        .filter(obstacle -> coded > 0)
        .ifPresent(
            obstacle -> {
              throw new MalformedBlockException(obstacle, 16);
            });
    in.expectLength(Section.CODES, codeBytes(expected, tokens));
    in.expectLength(Section.PARAMETERS, parameterBytes(expected, tokens));
    in.expectLength(Section.BASIS, basisBytes(expected, tokens));
    ExactTokens.expect(in, tokens - coded);
    BitReader codes = in.bits(Section.CODES);
    HalfReader parameters = in.halves(Section.PARAMETERS);
    HalfReader basis = in.halves(Section.BASIS);
    float[] out = new float[expected.values()];
    for (int from = 0; from < coded; from += length) {
      float[] decoded =
          factorization.decode(codes, parameters, basis, quantizer, length, expected.channels());
      System.arraycopy(decoded, 0, out, from * expected.channels(), decoded.length);
    }
    codes.finish();
    ExactTokens.decode(in, out, coded, tokens);
    return new Reconstruction(out, 0, tokens - coded);
  }

  @Override
  public ReadGrain readGrain(TensorShape shape) {
    // Rows of the other large factor are channels: a token needs all of them.
    return factorization instanceof TokenSlices ? ReadGrain.HEAD : ReadGrain.BLOCK;
  }

  @Override
  public boolean headsShareParameters(TensorKind kind, TensorShape shape) {
    return true; // a scale per token, or per channel of all tokens
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    EncodedBlock in = EncodedBlock.open(block);
    TensorShape shape = in.shape();
    long tail = (long) tokens - blocks.coded(tokens);
    return EncodedBlock.HEADER_BYTES
        + codeBytes(shape, tokens)
        + parameterBytes(shape, tokens)
        + basisBytes(shape, tokens)
        + tail * shape.channels() * in.dtype().bytes();
  }

  private static void refuse(String obstacle) {
    throw new UnencodableException(obstacle);
  }

  private Factorization.Sizes sizes(TensorShape shape, int tokens) {
    return factorization.sizes(blocks.length(tokens), shape.channels());
  }

  private long codeBytes(TensorShape shape, int tokens) {
    return (blocks.count(tokens) * sizes(shape, tokens).large() * quantizer.bits() + 7) / 8;
  }

  private long parameterBytes(TensorShape shape, int tokens) {
    return 2L * blocks.count(tokens) * sizes(shape, tokens).scales();
  }

  private long basisBytes(TensorShape shape, int tokens) {
    return 2L * blocks.count(tokens) * sizes(shape, tokens).small();
  }
}
