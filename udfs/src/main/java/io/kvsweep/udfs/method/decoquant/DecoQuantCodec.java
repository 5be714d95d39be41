package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.RopeStage;
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
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

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
      factorization.encode(block, length, shape.channels(), quantizer, codes, parameters, basis);
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

  /** Names the evidence among what cells of a view share; it does not depend on bits. */
  private record Evidence(Factorization factorization, TokenBlocks blocks, RopeStage rope) {}

  @Override
  public Optional<FactorRanges> ranges(TensorView view) {
    return Optional.of(
        view.shared(
            new Evidence(factorization, blocks, rope),
            () -> evidence(view.data(rope), view.shape())));
  }

  private FactorRanges evidence(float[] data, TensorShape shape) {
    int coded = blocks.coded(shape.tokens());
    int length = blocks.length(shape.tokens());
    Factorization.Sizes sizes = sizes(shape, shape.tokens());
    int count = blocks.count(shape.tokens());
    float[] large = new float[Math.toIntExact(count * sizes.large())];
    float[] small = new float[Math.toIntExact(count * sizes.small())];
    for (int block = 0; block < count; block++) {
      Factorization.Factors factors =
          factorization.factor(
              tokens(data, block * length, length, shape), length, shape.channels());
      System.arraycopy(
          factors.large(), 0, large, block * factors.large().length, factors.large().length);
      System.arraycopy(
          factors.small(), 0, small, block * factors.small().length, factors.small().length);
    }
    OptionalInt inner = factorization.runChannels();
    return new FactorRanges(
        factorization.variant(),
        inner.isPresent() ? inner.getAsInt() : null,
        RangeEvidence.of(tokens(data, 0, coded, shape)),
        RangeEvidence.of(large),
        RangeEvidence.of(small));
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
  public long projectedBytes(byte[] block, int tokens) {
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
