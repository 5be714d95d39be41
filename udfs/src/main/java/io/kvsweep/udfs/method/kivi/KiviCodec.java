package io.kvsweep.udfs.method.kivi;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.ExactTokens;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.GroupQuantizer;
import java.util.Arrays;
import java.util.Map;

/** Coded tokens first, the residual window whole behind them. */
final class KiviCodec implements TensorCodec {
  private final CodecId id;
  private final AffineQuantizer quantizer;
  private final int group;
  private final int residual;
  private final RopeStage rope;

  KiviCodec(String stage, int bits, int group, int residual, RopeStage rope) {
    this.id = new CodecId("KIVI", stage);
    this.quantizer = new AffineQuantizer(bits, AffineQuantizer.Levels.ENDPOINTS);
    this.group = group;
    this.residual = residual;
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

  /** Keys are flushed in windows of {@code residual} tokens, values one by one behind it. */
  private int codedTokens(TensorKind kind, int tokens) {
    if (residual == 0) {
      return tokens;
    }
    return kind == TensorKind.KEY ? tokens - tokens % residual : Math.max(0, tokens - residual);
  }

  @Override
  public byte[] encode(TensorView view) {
    TensorShape shape = view.shape();
    TensorKind kind = view.tensor().kind();
    float[] data = view.data(rope);
    int coded = codedTokens(kind, shape.tokens());
    BitWriter codes = new BitWriter((long) coded * shape.channels() * quantizer.bits());
    HalfWriter parameters = new HalfWriter((int) parameterBytes(kind, shape, coded) / 2);
    if (kind == TensorKind.KEY) {
      float[] channels =
          coded == shape.tokens()
              ? view.channelMajor(rope)
              : Transpose.of(
                  Arrays.copyOf(data, coded * shape.channels()), coded, shape.channels());
      quantizer.encodeRuns(channels, 0, shape.channels(), coded, group, codes, parameters);
    } else {
      quantizer.encodeRuns(data, 0, coded, shape.channels(), group, codes, parameters);
    }
    return EncodedBlock.write(
        id,
        kind,
        shape,
        view.dtype(),
        Map.of(
            Section.CODES,
            codes.toByteArray(),
            Section.PARAMETERS,
            parameters.toByteArray(),
            Section.EXACT,
            ExactTokens.encode(data, shape, view.dtype(), coded, shape.tokens())));
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    int coded = codedTokens(in.kind(), expected.tokens());
    in.expectLength(Section.CODES, ((long) coded * expected.channels() * quantizer.bits() + 7) / 8);
    in.expectLength(Section.PARAMETERS, parameterBytes(in.kind(), expected, coded));
    in.expectLength(Section.BASIS, 0);
    ExactTokens.expect(in, expected.tokens() - coded);
    float[] out = new float[expected.values()];
    BitReader codes = in.bits(Section.CODES);
    if (in.kind() == TensorKind.KEY) {
      float[] channels = new float[coded * expected.channels()];
      quantizer.decodeRuns(
          codes, in.halves(Section.PARAMETERS), channels, 0, expected.channels(), coded, group);
      System.arraycopy(
          Transpose.of(channels, expected.channels(), coded), 0, out, 0, channels.length);
    } else {
      quantizer.decodeRuns(
          codes, in.halves(Section.PARAMETERS), out, 0, coded, expected.channels(), group);
    }
    codes.finish();
    ExactTokens.decode(in, out, coded, expected.tokens());
    return new Reconstruction(out, 0, expected.tokens() - coded);
  }

  @Override
  public int parameterGroup(TensorKind kind, TensorShape shape, int token) {
    if (token >= codedTokens(kind, shape.tokens())) {
      return -1;
    }
    return kind == TensorKind.KEY ? GroupQuantizer.groupOf(token, group) : token;
  }

  @Override
  public boolean headsShareParameters(TensorKind kind, TensorShape shape) {
    return kind == TensorKind.VALUE && shape.headDim() % group != 0;
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    EncodedBlock in = EncodedBlock.open(block);
    int coded = codedTokens(in.kind(), tokens);
    long channels = in.shape().channels();
    return EncodedBlock.HEADER_BYTES
        + (coded * channels * quantizer.bits() + 7) / 8
        + parameterBytes(in.kind(), in.shape(), coded)
        + (tokens - coded) * channels * in.dtype().bytes();
  }

  private long parameterBytes(TensorKind kind, TensorShape shape, int coded) {
    return kind == TensorKind.KEY
        ? quantizer.parameterBytes(shape.channels(), coded, group)
        : quantizer.parameterBytes(coded, shape.channels(), group);
  }
}
