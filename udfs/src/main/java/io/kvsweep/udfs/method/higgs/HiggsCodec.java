package io.kvsweep.udfs.method.higgs;

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
import io.kvsweep.udfs.codec.ReadGrain;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.quant.RowCoded;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.Map;
import java.util.Optional;

/**
 * Block layout: codes = grid indices, token after token, group after group; parameters = one norm
 * per group in the same order.
 */
final class HiggsCodec implements TensorCodec, RowCoded {
  private final CodecId id;
  private final HiggsQuantizer quantizer;
  private final int group;
  private final RopeStage rope;

  /**
   * @param group channels of a group, 0 for the largest that fits evenly
   */
  HiggsCodec(String stage, HiggsQuantizer quantizer, int group, RopeStage rope) {
    this.id = new CodecId("HIGG", stage);
    this.quantizer = quantizer;
    this.group = group;
    this.rope = rope;
  }

  @Override
  public RopeStage rope() {
    return rope;
  }

  @Override
  public double nominalBits(byte[] block) {
    return quantizer.bits();
  }

  private int group(int channels) {
    return group == 0 ? HiggsQuantizer.largestGroup(channels) : group;
  }

  private boolean fits(int channels) {
    return channels % group(channels) == 0 && group(channels) >= quantizer.grid().dim();
  }

  private void requireFit(int channels) {
    if (!fits(channels)) {
      throw new UnencodableException(
          group == 0
              ? "%d channels have no group of %d or more: the largest power of two that divides them is %d"
                  .formatted(channels, quantizer.grid().dim(), group(channels))
              : "group=%d does not divide %d channels, and padding would be stored: use group=auto, here %d"
                  .formatted(group, channels, HiggsQuantizer.largestGroup(channels)));
    }
  }

  @Override
  public Optional<RowQuantizer> rows() {
    return Optional.of(new Rows());
  }

  /** Tokens by themselves, for codecs that build on this one. */
  private final class Rows implements RowQuantizer {
    @Override
    public int bits() {
      return quantizer.bits();
    }

    @Override
    public void check(int channels) {
      requireFit(channels);
    }

    @Override
    public void encode(
        float[] values, int rows, int channels, BitWriter codes, HalfWriter parameters) {
      quantizer.encodeRuns(values, 0, rows, channels, group(channels), codes, parameters);
    }

    @Override
    public void decode(
        BitReader codes, HalfReader parameters, float[] out, int rows, int channels) {
      quantizer.decodeRuns(codes, parameters, out, 0, rows, channels, group(channels));
    }

    @Override
    public long parameterBytes(long rows, int channels) {
      return quantizer.parameterBytes(rows, channels, group(channels));
    }
  }

  @Override
  public byte[] encode(TensorView view) {
    TensorShape shape = view.shape();
    int channels = shape.channels();
    requireFit(channels);
    BitWriter codes = new BitWriter(8 * codeBytes(shape.tokens(), channels));
    HalfWriter parameters = new HalfWriter((int) parameterBytes(shape.tokens(), channels) / 2);
    quantizer.encodeRuns(
        view.data(rope), 0, shape.tokens(), channels, group(channels), codes, parameters);
    return EncodedBlock.write(
        id,
        view.tensor().kind(),
        shape,
        view.dtype(),
        Map.of(Section.CODES, codes.toByteArray(), Section.PARAMETERS, parameters.toByteArray()));
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    int channels = expected.channels();
    if (!fits(channels)) {
      throw new MalformedBlockException(
          "%d channels do not split into groups of %d".formatted(channels, group(channels)), 16);
    }
    in.expectLength(Section.CODES, codeBytes(expected.tokens(), channels));
    in.expectLength(Section.PARAMETERS, parameterBytes(expected.tokens(), channels));
    in.expectLength(Section.BASIS, 0);
    in.expectLength(Section.EXACT, 0);
    float[] out = new float[expected.values()];
    BitReader codes = in.bits(Section.CODES);
    quantizer.decodeRuns(
        codes, in.halves(Section.PARAMETERS), out, 0, expected.tokens(), channels, group(channels));
    codes.finish();
    return new Reconstruction(out);
  }

  @Override
  public ReadGrain readGrain(TensorShape shape) {
    boolean withinHeads = shape.headDim() % group(shape.channels()) == 0;
    return withinHeads ? ReadGrain.HEAD : ReadGrain.TOKEN;
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    int channels = EncodedBlock.open(block).shape().channels();
    return EncodedBlock.HEADER_BYTES
        + codeBytes(tokens, channels)
        + parameterBytes(tokens, channels);
  }

  private long codeBytes(int tokens, int channels) {
    return ((long) tokens * channels * quantizer.bits() + 7) / 8;
  }

  private long parameterBytes(int tokens, int channels) {
    return quantizer.parameterBytes(tokens, channels, group(channels));
  }
}
