package io.kvsweep.udfs.method.rtn;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.method.quant.GroupQuantizer;
import io.kvsweep.udfs.method.quant.GroupedRows;
import io.kvsweep.udfs.method.quant.RowCoded;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.Map;
import java.util.Optional;

/** Codes runs of values, a token's channels or a channel's tokens, in groups. */
final class RtnCodec implements TensorCodec, RowCoded {
  private final CodecId id;
  private final GroupQuantizer quantizer;
  private final boolean perChannel;
  private final int group;
  private final RopeStage rope;

  RtnCodec(String stage, GroupQuantizer quantizer, boolean perChannel, int group, RopeStage rope) {
    this.id = new CodecId("RTN1", stage);
    this.quantizer = quantizer;
    this.perChannel = perChannel;
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

  @Override
  public Optional<RowQuantizer> rows() {
    return perChannel ? Optional.empty() : Optional.of(new GroupedRows(quantizer, group));
  }

  private int runs(TensorShape shape) {
    return perChannel ? shape.channels() : shape.tokens();
  }

  private int length(TensorShape shape) {
    return perChannel ? shape.tokens() : shape.channels();
  }

  @Override
  public byte[] encode(TensorView view) {
    TensorShape shape = view.shape();
    float[] data = perChannel ? view.channelMajor(rope) : view.data(rope);
    BitWriter codes = new BitWriter((long) shape.values() * quantizer.bits());
    HalfWriter parameters = new HalfWriter((int) parameterBytes(shape) / 2);
    quantizer.encodeRuns(data, 0, runs(shape), length(shape), group, codes, parameters);
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
    in.expectLength(Section.CODES, codeBytes(expected));
    in.expectLength(Section.PARAMETERS, parameterBytes(expected));
    in.expectLength(Section.BASIS, 0);
    in.expectLength(Section.EXACT, 0);
    float[] out = new float[expected.values()];
    BitReader codes = in.bits(Section.CODES);
    quantizer.decodeRuns(
        codes, in.halves(Section.PARAMETERS), out, 0, runs(expected), length(expected), group);
    codes.finish();
    return new Reconstruction(
        perChannel ? Transpose.of(out, expected.channels(), expected.tokens()) : out);
  }

  @Override
  public int parameterGroup(TensorKind kind, TensorShape shape, int token) {
    return perChannel ? GroupQuantizer.groupOf(token, group) : token;
  }

  @Override
  public boolean headsShareParameters(TensorKind kind, TensorShape shape) {
    return !perChannel && (group == 0 || shape.headDim() % group != 0);
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    TensorShape shape = EncodedBlock.open(block).shape();
    // Sizes in long: a projection may be longer than any one block.
    long values = (long) tokens * shape.channels();
    long parameters =
        perChannel
            ? quantizer.parameterBytes(shape.channels(), tokens, group)
            : quantizer.parameterBytes(tokens, shape.channels(), group);
    return EncodedBlock.HEADER_BYTES + (values * quantizer.bits() + 7) / 8 + parameters;
  }

  private long codeBytes(TensorShape shape) {
    return ((long) shape.values() * quantizer.bits() + 7) / 8;
  }

  private long parameterBytes(TensorShape shape) {
    return quantizer.parameterBytes(runs(shape), length(shape), group);
  }
}
