package io.kvsweep.udfs.method.aqua;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.ExactTokens;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.method.quant.RowQuantizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Block layout: codes and parameters of the quantised residuals of one tensor, token after token;
 * exact = of the tokens of the run the sinks, then those still in the recent buffer. A block is
 * bound to the specification, the artefact and the layer.
 */
public final class AquaCodec implements CacheCodec {
  private final String stage;
  private final RowQuantizer first;
  private final RowQuantizer above;
  private final WholeTokens whole;
  private final Optional<Predictors> predictors;

  private AquaCodec(
      String stage,
      RowQuantizer first,
      RowQuantizer above,
      WholeTokens whole,
      Optional<Predictors> predictors) {
    this.stage = stage;
    this.first = first;
    this.above = above;
    this.whole = whole;
    this.predictors = predictors;
  }

  /**
   * Codes one layer only, for want of predictors.
   *
   * @param first quantises the first layer
   * @param above quantises the residuals of all others
   * @param whole which tokens stay exact
   */
  static AquaCodec uncalibrated(
      String stage, RowQuantizer first, RowQuantizer above, WholeTokens whole) {
    return new AquaCodec(stage, first, above, whole, Optional.empty());
  }

  /** The same with the predictors of an artefact. */
  AquaCodec with(Artefact artefact) {
    return new AquaCodec(
        stage + "@" + artefact.fingerprint(),
        first,
        above,
        whole,
        Optional.of(Predictors.of(artefact)));
  }

  /** Tokens at the start of the prompt that stay exact. */
  public int sinks() {
    return whole.sinks();
  }

  /**
   * Coder of a layer's tensors.
   *
   * @param layer 0 for the first
   * @throws io.kvsweep.udfs.block.UnencodableException if rows of this width cannot be coded
   */
  public ResidualCoder coder(int layer, int channels) {
    RowQuantizer quantizer = layer == 0 ? first : above;
    quantizer.check(channels);
    return new ResidualCoder(quantizer, channels);
  }

  @Override
  public RopeStage rope() {
    return RopeStage.PRE;
  }

  @Override
  public double nominalBits(int layer, TensorShape shape, DType captured) {
    return (layer == 0 ? first : above).bits();
  }

  @Override
  public OptionalLong blockBytes(int layer, Run run) {
    Span coded = coded(run);
    int exact = run.shape().tokens() - coded.tokens();
    ResidualCoder coder = coder(layer, run.shape().channels());
    return OptionalLong.of(
        EncodedBlock.HEADER_BYTES
            + coder.codeBytes(coded.tokens())
            + coder.parameterBytes(coded.tokens())
            + (long) exact * run.shape().channels() * run.dtype().bytes());
  }

  @Override
  public EncodingPass encode(Run run) {
    Pass pass = new Pass(run);
    return pass::encode;
  }

  @Override
  public DecodingPass decode(Run run) {
    Pass pass = new Pass(run);
    return pass::decode;
  }

  /** Tokens {@code from} to {@code to - 1}, counted from the first of a run. */
  private record Span(int from, int to) {
    int tokens() {
      return to - from;
    }
  }

  /** The tokens of a run that are coded. */
  private Span coded(Run run) {
    int tokens = run.shape().tokens();
    int from = Math.min(Math.max(whole.sinks() - run.firstToken(), 0), tokens);
    long end = whole.codedEnd(run.promptTokens()) - (long) run.firstToken();
    return new Span(from, (int) Math.min(Math.max(end, from), tokens));
  }

  private void requirePredictors(Run run) {
    if (run.layers() == 1) {
      return;
    }
    Predictors known =
        predictors.orElseThrow(
            () ->
                new InvalidInputException(
                    "'%s' needs predictors of the model; fit them with 'kvsweep calibrate' and give the folder as --artefacts"
                        .formatted(stage)));
    if (known.layers() != run.layers() || known.channels() != run.shape().channels()) {
      throw new InvalidInputException(
          "the predictors of '%s' are for %d layers of %d channels, the prompt has %d of %d; calibrate on captures with the same layers"
              .formatted(
                  stage, known.layers(), known.channels(), run.layers(), run.shape().channels()));
    }
  }

  /** One run of tokens, layer after layer. */
  private final class Pass {
    private final Run run;
    private final int channels;
    private final Span span;
    private final int coded;
    private float[] keys; // reconstruction of the last layer, coded tokens only
    private float[] values;
    private int layer;

    Pass(Run run) {
      requirePredictors(run);
      this.run = run;
      this.channels = run.shape().channels();
      this.span = coded(run);
      this.coded = span.tokens();
    }

    Blocks encode(KeysAndValues data) {
      Optional<LayerPredictors> fitted = startLayer();
      ResidualCoder coder = coder(layer, channels);
      ResidualCoder.Coded k = coder.encode(rows(data.keys()), keyPrediction(fitted), coded);
      keys = k.reconstruction();
      ResidualCoder.Coded v = coder.encode(rows(data.values()), valuePrediction(fitted), coded);
      values = v.reconstruction();
      Blocks blocks =
          new Blocks(
              write(TensorKind.KEY, data.keys(), k), write(TensorKind.VALUE, data.values(), v));
      layer++;
      return blocks;
    }

    Decoded decode(Blocks blocks) {
      Optional<LayerPredictors> fitted = startLayer();
      EncodedBlock keyBlock = open(TensorKind.KEY, blocks.keys());
      EncodedBlock valueBlock = open(TensorKind.VALUE, blocks.values());
      ResidualCoder coder = coder(layer, channels);
      keys = read(coder, keyBlock, keyPrediction(fitted));
      values = read(coder, valueBlock, valuePrediction(fitted));
      layer++;
      return new Decoded(join(keyBlock, keys), join(valueBlock, values));
    }

    private Optional<LayerPredictors> startLayer() {
      if (layer >= run.layers()) {
        throw new IllegalStateException("all " + run.layers() + " layers of the run are done");
      }
      return layer == 0 ? Optional.empty() : Optional.of(predictors.orElseThrow().layer(layer));
    }

    private Optional<float[]> keyPrediction(Optional<LayerPredictors> fitted) {
      return fitted.map(layer -> layer.keys().predict(coded, keys));
    }

    /** Called when {@link #keys} are those of this layer and {@link #values} of the last. */
    private Optional<float[]> valuePrediction(Optional<LayerPredictors> fitted) {
      return fitted.map(layer -> layer.values().predict(coded, keys, values));
    }

    private float[] rows(float[] data) {
      return coded == run.shape().tokens()
          ? data
          : Arrays.copyOfRange(data, span.from() * channels, span.to() * channels);
    }

    private CodecId id() {
      return new CodecId("AQUA", stage + "#" + layer);
    }

    private byte[] write(TensorKind kind, float[] data, ResidualCoder.Coded residual) {
      return EncodedBlock.write(
          id(),
          kind,
          run.shape(),
          run.dtype(),
          Map.of(
              Section.CODES,
              residual.codes(),
              Section.PARAMETERS,
              residual.parameters(),
              Section.EXACT,
              exactSection(data)));
    }

    private byte[] exactSection(float[] data) {
      int tokens = run.shape().tokens();
      byte[] start = ExactTokens.encode(data, run.shape(), run.dtype(), 0, span.from());
      byte[] end = ExactTokens.encode(data, run.shape(), run.dtype(), span.to(), tokens);
      byte[] out = Arrays.copyOf(start, start.length + end.length);
      System.arraycopy(end, 0, out, start.length, end.length);
      return out;
    }

    private EncodedBlock open(TensorKind kind, byte[] bytes) {
      EncodedBlock block = EncodedBlock.read(bytes, id(), run.shape());
      if (block.kind() != kind) {
        throw new MalformedBlockException(
            "holds a %s, expected a %s".formatted(block.kind().label(), kind.label()), 7);
      }
      return block;
    }

    private float[] read(ResidualCoder coder, EncodedBlock block, Optional<float[]> prediction) {
      block.expectLength(Section.CODES, coder.codeBytes(coded));
      block.expectLength(Section.PARAMETERS, coder.parameterBytes(coded));
      block.expectLength(Section.BASIS, 0);
      return coder.decode(
          block.bits(Section.CODES), block.halves(Section.PARAMETERS), prediction, coded);
    }

    private Reconstruction join(EncodedBlock block, float[] rows) {
      int tokens = run.shape().tokens();
      float[] whole = new float[(tokens - coded) * channels];
      ExactTokens.decode(block, whole, 0, tokens - coded);
      float[] out = new float[run.shape().values()];
      System.arraycopy(whole, 0, out, 0, span.from() * channels);
      System.arraycopy(rows, 0, out, span.from() * channels, rows.length);
      System.arraycopy(
          whole,
          span.from() * channels,
          out,
          span.to() * channels,
          (tokens - span.to()) * channels);
      return new Reconstruction(out, span.from(), tokens - span.to());
    }
  }
}
